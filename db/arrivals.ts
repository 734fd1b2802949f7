import { and, asc, eq, isNotNull } from 'drizzle-orm'
import { recordIn } from './event-log.ts'
import type { Followers } from './followers.ts'
import type { Db, Query } from './open.ts'
import { activityRuns, inputRequests } from './schema.ts'
import { reportsIn, type InputRequestRow, type Reported } from './take-run.ts'

/** What a run asks, and what has ended a wait of its nodes, beside the clock. */
export type Arrivals = { inputRequests: InputRequestRow[]; reports: Map<string, Reported> }

/** Those of the nodes that wait. */
export const arrivalsIn = async (tx: Query, runId: string): Promise<Arrivals> => {
  const waiting = and(eq(activityRuns.runId, runId), eq(activityRuns.status, 'waiting'))
  const asked = await tx
    .select({ request: inputRequests })
    .from(inputRequests)
    .innerJoin(activityRuns, eq(activityRuns.id, inputRequests.activityRunId))
    .where(waiting)
    .orderBy(asc(inputRequests.id))
  const reported = await tx
    .select({ id: activityRuns.id, report: activityRuns.report, sealedOutputs: activityRuns.sealedOutputs })
    .from(activityRuns)
    .where(and(waiting, isNotNull(activityRuns.report)))
  return { inputRequests: asked.map(({ request }) => request), reports: reportsIn(reported) }
}

/**
 * Reads them behind everything that was accepted before, and closes in the same transaction the questions that nobody has answered in time: what
 * is not among them then does not come any more.
 * @param options.overdue activity runs whose time is over
 */
export const readArrivals = async (
  db: Db,
  followers: Followers,
  runId: string,
  { overdue, fence, at }: { overdue: ReadonlySet<string>; fence: number; at: number },
): Promise<Arrivals> => {
  const { found, expired } = await db.write(async (tx) => {
    const arrivals = await arrivalsIn(tx, runId)
    const over = arrivals.inputRequests.filter(({ activityRunId, status, expiresAt }) => status === 'pending' && overdue.has(activityRunId) && expiresAt <= at)
    if (over.length === 0) return { found: arrivals, expired: false }
    await recordIn(tx, runId, over.map(({ id }) => ({ event: { type: 'input.expired', requestId: id } })), { fence, at })
    return { found: await arrivalsIn(tx, runId), expired: true }
  })
  if (expired) followers.wake(runId)
  return found
}
