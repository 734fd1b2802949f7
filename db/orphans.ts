import { and, eq, isNotNull, isNull, ne, or } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import type { RunError } from '../runner/model/event.ts'
import type { RunState } from '../runner/model/run.ts'
import type { Db } from './open.ts'
import { activityRuns, runs } from './schema.ts'

/** Runs that nobody waits for any more. */

/** Woken when a run has ended, or is about to, while a node of it waits for another. */
export const ORPHANS = 'orphans'

/** A run that goes on, and how the one that waited for it came to its end. */
export type Orphan = { id: string; parent: { state: RunState; error: RunError | null; cancelReason: string | null; cancelForce: boolean | null } }

/** Runs that a node of another waits for in vain, oldest first; not those that have been told to stop as firmly as that one. */
export const findOrphans = (db: Db, limit: number): Promise<Orphan[]> =>
  db.read((query) => {
    const parents = alias(runs, 'parents')
    return query
      .select({ id: runs.id, parent: { state: parents.state, error: parents.error, cancelReason: parents.cancelReason, cancelForce: parents.cancelForce } })
      .from(runs)
      .innerJoin(activityRuns, eq(activityRuns.id, runs.parentActivityRunId))
      .innerJoin(parents, eq(parents.id, activityRuns.runId))
      .where(
        and(
          isNull(runs.completedAt),
          isNotNull(runs.parentActivityRunId),
          or(isNotNull(parents.completedAt), eq(parents.state, 'CANCELLING')),
          or(ne(runs.state, 'CANCELLING'), and(eq(parents.cancelForce, true), eq(runs.cancelForce, false))),
        ),
      )
      .orderBy(runs.id)
      .limit(limit)
  })
