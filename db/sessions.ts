import { and, eq } from 'drizzle-orm'
import type { Db } from './open.ts'
import { sessions } from './schema.ts'

/** The sealed browser state of a session; null when there is none of that name. */
export const readSession = (db: Db, org: string, name: string): Promise<Buffer | null> =>
  db.read(async (query) => {
    const [found] = await query
      .select({ sealed: sessions.sealed })
      .from(sessions)
      .where(and(eq(sessions.org, org), eq(sessions.name, name)))
    return found?.sealed ?? null
  })

/** Saves a session whole; an earlier one of that name is replaced. */
export const saveSession = (db: Db, session: { org: string; name: string; workflowId: string; sealed: Buffer; at: number }): Promise<void> =>
  db.write(async (tx) => {
    const { at, ...row } = session
    await tx
      .insert(sessions)
      .values({ ...row, createdAt: at, updatedAt: at })
      .onConflictDoUpdate({ target: [sessions.org, sessions.name], set: { sealed: row.sealed, workflowId: row.workflowId, updatedAt: at } })
  })
