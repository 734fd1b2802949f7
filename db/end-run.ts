import { and, eq, inArray, isNull, lte, ne } from 'drizzle-orm'
import type { Report, RunError } from '../runner/model/event.ts'
import { isLoop } from '../runner/model/node-kind.ts'
import { problem } from '../runner/model/problem.ts'
import { isAwaiting, isFinal, isSuccess, toStatus, type RunState } from '../runner/model/run.ts'
import type { Change, RunRow } from './change.ts'
import { recordIn } from './event-log.ts'
import type { Followers } from './followers.ts'
import { JOB_RUNS } from './job-run-events.ts'
import type { Db, Query } from './open.ts'
import { ORPHANS } from './orphans.ts'
import { activityRuns, inputRequests, runs } from './schema.ts'
import { tellLoginEnd } from './session-logins.ts'

type Open = Pick<typeof activityRuns.$inferSelect, 'id' | 'nodeId' | 'attempt' | 'type' | 'status' | 'waitsFor'>

/** The attempts of a run that have not ended. */
const openActivities = (tx: Query, runId: string): Promise<Open[]> =>
  tx
    .select({ id: activityRuns.id, nodeId: activityRuns.nodeId, attempt: activityRuns.attempt, type: activityRuns.type, status: activityRuns.status, waitsFor: activityRuns.waitsFor })
    .from(activityRuns)
    .where(and(eq(activityRuns.runId, runId), inArray(activityRuns.status, ['scheduled', 'running', 'waiting'])))

const waitsForRun = (open: readonly Open[]): boolean => open.some(({ status, waitsFor }) => status === 'waiting' && waitsFor === 'child')

/** What must be said of everything that stands open when a run ends. */
const closeOpen = async (tx: Query, runId: string, open: readonly Open[], error: RunError): Promise<Change[]> => {
  const asked = await tx
    .select({ id: inputRequests.id })
    .from(inputRequests)
    .where(and(eq(inputRequests.runId, runId), eq(inputRequests.status, 'pending')))
  return [
    ...asked.map(({ id }) => ({ event: { type: 'input.cancelled' as const, requestId: id } })),
    ...open.map(({ id, nodeId, attempt }) => ({
      event: { type: 'activity.cancelled' as const, activityId: id, error: { ...error, stepId: nodeId, activityRunId: id, attempt } },
    })),
  ]
}

/** Tells the node of another run that waits for this one. @returns the id of that run, to be poked */
const tellParent = async (tx: Query, run: RunRow, at: number): Promise<string | null> => {
  if (run.parentActivityRunId === null) return null
  const [waiting] = await tx
    .select({ runId: activityRuns.runId })
    .from(activityRuns)
    .innerJoin(runs, eq(runs.id, activityRuns.runId))
    .where(and(eq(activityRuns.id, run.parentActivityRunId), eq(activityRuns.status, 'waiting'), isNull(runs.completedAt), ne(runs.state, 'CANCELLING')))
  if (!waiting) return null
  const result = isSuccess(run.state) ? 'SUCCESS' : run.state === 'CANCELLED' ? 'CANCELLED' : 'FAILED'
  const report: Report = { result, output: { runId: run.id, status: toStatus(run.state), outputs: run.outputs ?? {} }, message: run.error?.message ?? null }
  await recordIn(tx, waiting.runId, [{ event: { type: 'activity.reported', activityId: run.parentActivityRunId, report } }], { fence: null, at })
  return waiting.runId
}

/** Tells everybody who waits for a run that it has ended. @returns the ids of their runs */
const tellWaiting = async (tx: Query, run: RunRow, at: number): Promise<string[]> => {
  const parent = await tellParent(tx, run, at)
  return [...(parent === null ? [] : [parent]), ...(await tellLoginEnd(tx, run, at))]
}

/** Whether a node of the run is at work. A loop is not: the nodes that it runs have activity runs of their own. */
export const isAtNode = (db: Db, runId: string): Promise<boolean> =>
  db.read(async (query) => (await openActivities(query, runId)).some(({ status, type }) => status === 'running' && !isLoop(type)))

/**
 * What the finished nodes of a run put out, by node.
 * @param until as it was at that time, in milliseconds since 1970; as it is now when not given
 */
export const gatherOutputs = async (tx: Query, runId: string, until?: number): Promise<Record<string, unknown>> => {
  const rows = await tx
    .select({ nodeId: activityRuns.nodeId, outputs: activityRuns.outputs, iteration: activityRuns.iteration })
    .from(activityRuns)
    .where(and(eq(activityRuns.runId, runId), inArray(activityRuns.status, ['completed', 'skipped', 'failed']), until === undefined ? undefined : lte(activityRuns.completedAt, until)))
    .orderBy(activityRuns.id)
  return Object.fromEntries(rows.filter((row) => row.iteration === null && row.outputs !== null).map((row) => [row.nodeId, row.outputs]))
}

/**
 * Ends a run with `event`, closing what stands open, in one transaction.
 * @param fence the worker's number, or null when no worker has the run
 */
export const endRun = async (
  db: Db,
  followers: Followers,
  runId: string,
  how:
    | { type: 'run.completed' }
    | { type: 'run.completed_with_no_action_taken'; reason: string }
    | { type: 'run.failed'; error: RunError }
    | { type: 'run.cancelled'; error: RunError },
  { fence, at, before = [] }: { fence: number | null; at: number; before?: readonly Change[] },
): Promise<EndedRun> => {
  const ended = await db.write(async (tx) => {
    if (before.length > 0) await recordIn(tx, runId, before, { fence, at })
    const error: RunError =
      'error' in how && how.type === 'run.cancelled'
        ? how.error
        : { code: 'cancelled', message: 'The run ended.', stepId: null, activityRunId: null, attempt: null }
    const open = await openActivities(tx, runId)
    const closing = await closeOpen(tx, runId, open, error)
    const outputs = await gatherOutputs(tx, runId)
    const run = await recordIn(tx, runId, [...closing, { event: { ...how, outputs } }], { fence, at })
    return { run, orphans: waitsForRun(open), woken: await tellWaiting(tx, run, at) }
  })
  wakeAfter(followers, ended)
  return ended
}

/** A run that has ended, whether it waited for others, and the runs that waited for it and are to be poked. */
type EndedRun = { run: RunRow; orphans: boolean; woken: string[] }

const wakeAfter = (followers: Followers, { run, orphans, woken }: EndedRun): void => {
  followers.wake(run.id)
  for (const runId of woken) followers.wake(runId)
  if (run.jobRunId !== null) followers.wake(JOB_RUNS)
  if (orphans) followers.wake(ORPHANS)
}

export type CancelOutcome =
  | ({ type: 'cancelled' } & EndedRun)
  /** A worker has it and must be told. */
  | { type: 'cancelling'; run: RunRow; orphans: boolean }
  | { type: 'final'; state: RunState }

/**
 * Cancels a run. One that nobody executes ends here and now; one that executes becomes CANCELLING, and its worker ends it.
 * @throws Problem `not_found`
 */
export const cancelRun = async (
  db: Db,
  followers: Followers,
  runId: string,
  { reason, force, at }: { reason: string; force: boolean; at: number },
): Promise<CancelOutcome> => {
  const outcome = await db.write(async (tx): Promise<CancelOutcome> => {
    const [run] = await tx.select().from(runs).where(eq(runs.id, runId))
    if (!run) throw problem('not_found', `No workflow run ${runId}.`)
    if (isFinal(run.state)) return { type: 'final', state: run.state }
    const open = await openActivities(tx, runId)
    const orphans = waitsForRun(open)
    if (run.state === 'PENDING' || isAwaiting(run.state)) {
      const error: RunError = { code: 'cancelled', message: reason, stepId: null, activityRunId: null, attempt: null }
      const closing = await closeOpen(tx, runId, open, error)
      const outputs = await gatherOutputs(tx, runId)
      // The fence moves on, so that a worker that is just about to take the run finds it gone.
      await tx.update(runs).set({ fence: run.fence + 1 }).where(eq(runs.id, runId))
      const ended = await recordIn(tx, runId, [...closing, { event: { type: 'run.cancelled', outputs, error } }], { fence: null, at })
      return { type: 'cancelled', run: ended, orphans, woken: await tellWaiting(tx, ended, at) }
    }
    return { type: 'cancelling', orphans, run: await recordIn(tx, runId, [{ event: { type: 'run.cancelling', reason, force } }], { fence: null, at }) }
  })
  if (outcome.type !== 'final') wakeAfter(followers, { woken: [], ...outcome })
  return outcome
}
