import type { ApiKeyJson } from '../../server/api-key-wire.ts'
import type { Client } from './client.ts'

/** API keys. */

const PATH = '/api/v1/api-keys'

export type NewApiKey = { name?: string; role: ApiKeyJson['role']; person?: string; isMachine?: boolean; expiresAt?: string }

export const listApiKeys = async (client: Client): Promise<ApiKeyJson[]> => (await client.call<{ apiKeys: ApiKeyJson[] }>('GET', PATH)).apiKeys

/** @returns the key itself, too, which no other call gives */
export const createApiKey = (client: Client, body: NewApiKey): Promise<{ apiKey: ApiKeyJson; key: string }> => client.call('POST', PATH, { body })

export const revokeApiKey = (client: Client, id: string): Promise<void> => client.call('DELETE', `${PATH}/${id}`)
