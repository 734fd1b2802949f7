import { and, desc, eq, lte } from 'drizzle-orm'
import type { Db } from './open.ts'
import { checkpoints } from './schema.ts'

/** The browser state, sealed, as it was after an activity run: the checkpoint of it, or the last one before it. */
export const rerunSource = (db: Db, runId: string, activityRunId: string): Promise<Buffer | null> =>
  db.read(async (query) => {
    const [found] = await query
      .select({ sealed: checkpoints.sealed })
      .from(checkpoints)
      .where(and(eq(checkpoints.runId, runId), lte(checkpoints.activityRunId, activityRunId)))
      .orderBy(desc(checkpoints.activityRunId))
      .limit(1)
    return found?.sealed ?? null
  })
