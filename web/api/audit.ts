import type { AuditEntryJson, PaginationJson } from '../../server/wire.ts'
import type { Client } from './client.ts'

/** Who did what. */

export type AuditList = { entries: AuditEntryJson[]; pagination: PaginationJson }

export const listAudit = (client: Client, query: { action?: string | undefined; page?: number; limit?: number }): Promise<AuditList> => client.call('GET', '/api/v1/audit', { query })
