import type { UserFormJson } from '../../server/user-form-wire.ts'
import type { PaginationJson } from '../../server/wire.ts'
import { bodyWith, type Client, type Files } from './client.ts'

/** Questions to people. */

export type UserFormList = { userForms: UserFormJson[]; pagination: PaginationJson }
export type Answer = { values: Record<string, unknown>; button?: string; comments?: string }

export const listUserForms = (client: Client, query: { status?: UserFormJson['status']; limit?: number; page?: number; sortOrder?: 'asc' | 'desc' }): Promise<UserFormList> =>
  client.call('GET', '/api/v1/user-forms', { query })

export const submitUserForm = (client: Client, formId: string, answer: Answer, files: Files = {}): Promise<{ userForm: UserFormJson }> =>
  client.call('POST', `/api/v1/user-forms/${formId}/submit`, { body: bodyWith(answer, 'values', files) })
