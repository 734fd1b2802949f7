import { and, asc, desc, eq, inArray, like, sql } from 'drizzle-orm'
import type { Db } from './open.ts'
import { activityRuns, checkpoints } from './schema.ts'
import type { ActivityRow } from './take-run.ts'

/** The browser state, sealed, as `kept` activity runs have left it: the one that was stored last of theirs, and of the rounds of loops among them. */
export const rerunSource = (db: Db, runId: string, kept: readonly Pick<ActivityRow, 'id' | 'nodeId' | 'iteration'>[]): Promise<Buffer | null> =>
  db.read(async (query) => {
    const ids = new Set(kept.map(({ id }) => id))
    const whole = new Set(kept.flatMap(({ nodeId, iteration }) => (iteration === null ? [nodeId] : [])))
    const order = await query
      .select({ id: checkpoints.activityRunId, iteration: activityRuns.iteration })
      .from(checkpoints)
      .innerJoin(activityRuns, eq(activityRuns.id, checkpoints.activityRunId))
      .where(eq(checkpoints.runId, runId))
      .orderBy(desc(checkpoints.seq), desc(checkpoints.activityRunId))
    const last = order.find(({ id, iteration }) => ids.has(id) || (iteration !== null && whole.has(iteration.slice(0, iteration.indexOf('[')))))
    if (!last) return null
    const [found] = await query.select({ sealed: checkpoints.sealed }).from(checkpoints).where(eq(checkpoints.activityRunId, last.id))
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
