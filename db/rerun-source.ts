import { and, asc, desc, eq, inArray, like, lte, sql } from 'drizzle-orm'
import type { Db } from './open.ts'
import { activityRuns, checkpoints } from './schema.ts'
import type { ActivityRow } from './take-run.ts'

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

/** What was done in the rounds of a loop that stands outside of others, oldest first: all of it, however much that is. */
export const doneInRounds = (db: Db, runId: string, loop: string): Promise<ActivityRow[]> =>
  db.read(async (query) =>
    query
      .select()
      .from(activityRuns)
      .where(and(eq(activityRuns.runId, runId), inArray(activityRuns.status, ['completed', 'skipped', 'failed']), like(activityRuns.iteration, sql`${`${loop.replace(/[\\%_]/g, '\\$&')}[%`} ESCAPE '\\'`)))
      .orderBy(asc(activityRuns.id)),
  )
