import { eq } from 'drizzle-orm'
import type { Db } from './open.ts'
import { cursors } from './schema.ts'

/** How far the follower `name` has come; 0 when it has never moved. */
export const readCursor = (db: Db, name: string): Promise<number> =>
  db.read(async (query) => {
    const [found] = await query.select().from(cursors).where(eq(cursors.name, name))
    return found?.seq ?? 0
  })

export const moveCursor = async (db: Db, name: string, seq: number): Promise<void> => {
  await db.write(async (tx) => tx.insert(cursors).values({ name, seq }).onConflictDoUpdate({ target: cursors.name, set: { seq } }))
}
