import { and, eq, isNotNull } from 'drizzle-orm'
import { recordIn } from './event-log.ts'
import type { Followers } from './followers.ts'
import type { Db, Query } from './open.ts'
import { activityRuns, inputRequests } from './schema.ts'
import { reportsIn, type InputRequestRow, type Reported } from './take-run.ts'

/** What has ended a wait, beside the clock. */
export type Arrivals = { inputRequests: InputRequestRow[]; reports: Map<string, Reported> }

const arrivalsIn = async (tx: Query, runId: string): Promise<Arrivals> => {
  const waiting = and(eq(activityRuns.runId, runId), eq(activityRuns.status, 'waiting'))
  const asked = await tx
    .select({ request: inputRequests })
    .from(inputRequests)
    .innerJoin(activityRuns, eq(activityRuns.id, inputRequests.activityRunId))
    .where(waiting)
  const reported = await tx
    .select({ id: activityRuns.id, report: activityRuns.report, sealedOutputs: activityRuns.sealedOutputs })
    .from(activityRuns)
    .where(and(waiting, isNotNull(activityRuns.report)))
  return { inputRequests: asked.map(({ request }) => request), reports: reportsIn(reported) }
}

/**
 * Lets a run wait, unless an answer or a report has come while its worker was still busy: nobody would ever wake it then.
 * @param options.known activity runs whose answer or report the worker has, and cannot use yet
 * @returns null when the run waits, else everything that has come so far
 */
export const pauseRun = async (
  db: Db,
  followers: Followers,
  runId: string,
  event: { type: 'run.awaiting_input' | 'run.awaiting_external'; wakeAt: number | null },
  { fence, at, known = new Set() }: { fence: number; at: number; known?: ReadonlySet<string> },
): Promise<Arrivals | null> => {
  const arrivals = await db.write(async (tx) => {
    const found = await arrivalsIn(tx, runId)
    const came = [...found.reports.keys(), ...found.inputRequests.filter(({ status }) => status !== 'pending').map(({ activityRunId }) => activityRunId)]
    if (came.some((id) => !known.has(id))) return found
    await recordIn(tx, runId, [{ event }], { fence, at })
    return null
  })
  if (!arrivals) followers.wake(runId)
  return arrivals
}
