import { useQuery } from '@tanstack/react-query'
import type { UserFormJson } from '../server/user-form-wire.ts'
import { listUserForms } from './api/user-forms.ts'
import { client } from './here.ts'

const LOOK_MS = 15_000

/** The questions that wait for a person, the most urgent page of them. Looked at anew whenever a stream tells that a run began or ceased to wait. */
export const usePendingForms = () =>
  useQuery({ queryKey: ['user-forms', 'pending'], queryFn: () => listUserForms(client, { status: 'pending', limit: 50, sortOrder: 'asc' }), refetchInterval: LOOK_MS })

/** Whether a question waits for who looks at it, and not for others alone. */
export const isForYou = ({ you }: UserFormJson): boolean => you?.mayAnswer ?? true

/** How many questions wait for who looks. */
export const usePendingCount = (): number => {
  const { data } = usePendingForms()
  return data ? data.pagination.total - data.userForms.filter((form) => !isForYou(form)).length : 0
}
