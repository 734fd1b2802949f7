import { and, asc, eq, gt, inArray, lte, max, sql } from 'drizzle-orm'
import type { RunStatus } from '../runner/model/run.ts'
import type { Db } from './open.ts'
import { activityRuns, events, runCounts, runs, webhookDeliveries } from './schema.ts'

/** What has ended, for those who measure. */

const STEP_ENDS = ['activity.completed', 'activity.failed']
const RUN_ENDS = ['run.completed', 'run.completed_with_no_action_taken', 'run.failed', 'run.cancelled']
const PAGE = 500

export type Finished = { event: string; stepType: string | null; stepMs: number | null; runStatus: RunStatus; runMs: number | null }

/** @returns the number of the last event; 0 when there is none */
export const lastEvent = (db: Db): Promise<number> =>
  db.read(async (query) => {
    const [last] = await query.select({ seq: max(events.seq) }).from(events)
    return last?.seq ?? 0
  })

/** Steps and runs that ended after `cursor`, oldest first, and how far that goes. */
export const finishedAfter = (db: Db, cursor: number): Promise<{ finished: Finished[]; upTo: number; more: boolean }> =>
  db.read(async (query) => {
    const [last] = await query.select({ seq: max(events.seq) }).from(events)
    const upTo = Math.max(cursor, last?.seq ?? 0)
    if (upTo === cursor) return { finished: [], upTo, more: false }
    const rows = await query
      .select({
        seq: events.seq,
        event: events.type,
        stepType: activityRuns.type,
        stepMs: sql<number | null>`${events.at} - ${activityRuns.startedAt}`,
        runStatus: runs.status,
        runMs: sql<number | null>`${runs.completedAt} - ${runs.startedAt}`,
      })
      .from(events)
      .innerJoin(runs, eq(runs.id, events.runId))
      .leftJoin(activityRuns, eq(activityRuns.id, events.activityRunId))
      .where(and(gt(events.seq, cursor), lte(events.seq, upTo), inArray(events.type, [...STEP_ENDS, ...RUN_ENDS])))
      .orderBy(asc(events.seq))
      .limit(PAGE)
    const more = rows.length === PAGE
    return { finished: rows, upTo: more ? rows.at(-1)!.seq : upTo, more }
  })

/** How many runs there are of each status, in all orgs. */
export const countRunsByState = (db: Db): Promise<{ state: string; count: number }[]> =>
  db.read(async (query) => query.select({ state: runCounts.state, count: sql<number>`sum(${runCounts.count})` }).from(runCounts).groupBy(runCounts.state))

/** Deliveries that wait for their time or for an earlier one, no more than `most` of them counted. */
export const countPendingDeliveries = (db: Db, most: number): Promise<number> =>
  db.read(async (query) => {
    const pending = query.select({ one: sql`1`.as('one') }).from(webhookDeliveries).where(sql`next_at IS NOT NULL`).limit(most).as('pending')
    const [row] = await query.select({ count: sql<number>`count(*)` }).from(pending)
    return row?.count ?? 0
  })
