import type { UserFormJson } from '../../server/user-form-wire.ts'
import type { PaginationJson } from '../../server/wire.ts'
import type { Client } from './client.ts'

/** Questions to people. */

export type UserFormList = { userForms: UserFormJson[]; pagination: PaginationJson }
export type Answer = { values: Record<string, unknown>; button?: string; comments?: string }

export const listUserForms = (client: Client, query: { status?: UserFormJson['status']; limit?: number; page?: number; sortOrder?: 'asc' | 'desc' }): Promise<UserFormList> =>
  client.call('GET', '/api/v1/user-forms', { query })

export const submitUserForm = (client: Client, formId: string, answer: Answer): Promise<{ userForm: UserFormJson }> =>
  client.call('POST', `/api/v1/user-forms/${formId}/submit`, { body: answer })
