import { eq } from 'drizzle-orm'
import type { Db, Query } from './open.ts'
import { cursors } from './schema.ts'

/** How far the follower `name` has come; 0 when it has never moved. */
export const readCursor = (db: Db, name: string): Promise<number> =>
  db.read(async (query) => {
    const [found] = await query.select().from(cursors).where(eq(cursors.name, name))
    return found?.seq ?? 0
  })

/** Moves it together with what the follower writes. */
export const moveCursorIn = async (tx: Query, name: string, seq: number): Promise<void> => {
  await tx.insert(cursors).values({ name, seq }).onConflictDoUpdate({ target: cursors.name, set: { seq } })
}

export const moveCursor = (db: Db, name: string, seq: number): Promise<void> => db.write(async (tx) => moveCursorIn(tx, name, seq))
