import type { PaginationJson, SecretJson } from '../../server/wire.ts'
import type { Client } from './client.ts'

/** Secrets: their names. No call gives a value back. */

const pathOf = (name: string): string => `/api/v1/secrets/${encodeURIComponent(name)}`

export type SecretList = { secrets: SecretJson[]; pagination: PaginationJson }

export const listSecrets = (client: Client, query: { page?: number; limit?: number }): Promise<SecretList> => client.call('GET', '/api/v1/secrets', { query })

export const putSecret = (client: Client, name: string, value: string): Promise<{ secret: SecretJson }> => client.call('PUT', pathOf(name), { body: { value } })

export const deleteSecret = (client: Client, name: string): Promise<void> => client.call('DELETE', pathOf(name))
