import { Badge } from '@mantine/core'
import { usePendingCount } from '../pending-forms.ts'

/** How many questions wait for who looks. */
export const InboxCount = () => {
  const count = usePendingCount()
  return count === 0 ? null : (
    <Badge size="sm" circle={count < 10} variant="filled" color="orange.9" aria-label={`${count} waiting`}>
      {count > 99 ? '99+' : count}
    </Badge>
  )
}
