import type { SessionJson } from '../../server/session-wire.ts'
import type { PaginationJson } from '../../server/wire.ts'
import type { Client } from './client.ts'

/** Saved logins. */

export type SessionList = { sessions: SessionJson[]; pagination: PaginationJson }

export const listSessions = (client: Client, query: { page?: number; limit?: number }): Promise<SessionList> => client.call('GET', '/api/v1/sessions', { query })

export const forgetSession = (client: Client, name: string): Promise<void> => client.call('DELETE', `/api/v1/sessions/${encodeURIComponent(name)}`)
