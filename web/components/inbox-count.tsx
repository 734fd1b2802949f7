import { Badge } from '@mantine/core'
import { usePendingForms } from '../pending-forms.ts'

/** How many questions wait for a person. */
export const InboxCount = () => {
  const total = usePendingForms().data?.pagination.total ?? 0
  return total === 0 ? null : (
    <Badge size="sm" circle={total < 10} variant="filled" color="orange.9" aria-label={`${total} waiting`}>
      {total > 99 ? '99+' : total}
    </Badge>
  )
}
