import { and, desc, eq, gte, like, lt, lte, sql } from 'drizzle-orm'
import type { Db, Query } from './open.ts'
import { auditEntries } from './schema.ts'
import { oncePerConnection, placeholders } from './statements.ts'

export type AuditRow = typeof auditEntries.$inferSelect

const addEntry = oncePerConnection((query: Query) => query.insert(auditEntries).values(placeholders<AuditRow>(auditEntries)).prepare())

/** Adds what somebody did. Nothing here changes an entry or takes one away. */
export const addAuditEntry = (db: Db, entry: AuditRow): Promise<void> =>
  db.write(async (tx) => {
    await addEntry(tx).execute(entry)
  })

export type AuditFilter = { actorId?: string | undefined; action?: string | undefined; targetId?: string | undefined; after?: number | undefined; before?: number | undefined }

/** Newest first. */
export const listAuditEntries = (
  db: Db,
  org: string,
  filter: AuditFilter,
  page: { limit: number; offset?: number | undefined; cursor?: string | undefined },
): Promise<{ entries: AuditRow[]; total: number }> =>
  db.read(async (query) => {
    const where = and(
      eq(auditEntries.org, org),
      filter.actorId === undefined ? undefined : eq(auditEntries.actorId, filter.actorId),
      filter.action === undefined ? undefined : like(auditEntries.action, sql`${`%${filter.action.replace(/[\\%_]/g, '\\$&')}%`} ESCAPE '\\'`),
      filter.targetId === undefined ? undefined : eq(auditEntries.targetId, filter.targetId),
      filter.after === undefined ? undefined : gte(auditEntries.at, filter.after),
      filter.before === undefined ? undefined : lte(auditEntries.at, filter.before),
    )
    const total = await query.$count(auditEntries, where)
    const entries = await query
      .select()
      .from(auditEntries)
      .where(and(where, page.cursor ? lt(auditEntries.id, page.cursor) : undefined))
      .orderBy(desc(auditEntries.id))
      .limit(page.limit)
      .offset(page.offset ?? 0)
    return { entries, total }
  })
