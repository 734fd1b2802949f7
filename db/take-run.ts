import { and, asc, desc, eq, inArray, isNotNull, lte, sql } from 'drizzle-orm'
import type { Report } from '../runner/model/event.ts'
import { problem } from '../runner/model/problem.ts'
import { isAwaiting, isFinal } from '../runner/model/run.ts'
import type { Workflow } from '../runner/model/workflow.ts'
import type { RunRow } from './change.ts'
import { recordIn } from './event-log.ts'
import type { Followers } from './followers.ts'
import type { Db } from './open.ts'
import { activityRuns, checkpoints, inputRequests, runs, workflowVersions } from './schema.ts'

export type ActivityRow = typeof activityRuns.$inferSelect
/** What another system has reported; its output sealed, where it may not be shown as it is. */
export type Reported = Report & { sealedOutput: Buffer | null }
export type InputRequestRow = typeof inputRequests.$inferSelect

/** Everything that is needed to go on with a run. */
export type TakenRun = {
  run: RunRow
  definition: Workflow
  /** Oldest first. */
  activities: ActivityRow[]
  inputRequests: InputRequestRow[]
  /** How other systems say that what they do for waiting nodes has ended, by activity run. */
  reports: Map<string, Reported>
  /** The last checkpoint, sealed. */
  checkpoint: Buffer | null
}

/** The reports among activity runs, by activity run. */
export const reportsIn = (rows: readonly Pick<ActivityRow, 'id' | 'report' | 'sealedOutputs'>[]): Map<string, Reported> =>
  new Map(rows.flatMap(({ id, report, sealedOutputs }) => (report ? [[id, { ...report, sealedOutput: sealedOutputs }] as const] : [])))

/**
 * Takes a run for a worker: counts the fence up, so that whoever had it before is refused from now on, and records `run.started`.
 *
 * @param leaseUntil milliseconds since 1970
 * @param recover whether a live lease may be overrun: at the start of a process that is known to be the only one
 * @returns why not, when there is nothing to do: the run is over, waits, or another worker has a live lease
 */
export const takeRun = async (
  db: Db,
  followers: Followers,
  runId: string,
  { at, leaseUntil, recover }: { at: number; leaseUntil: number; recover: boolean },
): Promise<TakenRun | 'over' | 'waiting' | 'held'> => {
  const taken = await db.write(async (tx) => {
    const [found] = await tx.select({ state: runs.state, leaseUntil: runs.leaseUntil }).from(runs).where(eq(runs.id, runId))
    if (!found || isFinal(found.state)) return 'over'
    if (isAwaiting(found.state)) return 'waiting'
    if (found.leaseUntil !== null && found.leaseUntil > at && !recover) return 'held'
    await tx
      .update(runs)
      .set({ fence: sql`${runs.fence} + 1`, leaseUntil })
      .where(eq(runs.id, runId))
    // A run that is found executing was left by a worker that died: say so, rather than let it look as if nothing had happened.
    const left = found.state === 'IN_PROGRESS' ? [{ event: { type: 'run.handed_back' as const, reason: 'crash' as const } }] : []
    const run = await recordIn(tx, runId, [...left, { event: { type: 'run.started' } }], { fence: null, at })
    if (left.length > 0) await tx.update(runs).set({ leaseUntil }).where(eq(runs.id, runId))
    run.leaseUntil = leaseUntil
    const [version] = await tx
      .select()
      .from(workflowVersions)
      .where(and(eq(workflowVersions.workflowId, run.workflowId), eq(workflowVersions.version, run.workflowVersion)))
    if (!version) throw problem('internal', `Version ${run.workflowVersion} of workflow ${run.workflowId} is gone.`)
    const activities = await tx.select().from(activityRuns).where(eq(activityRuns.runId, runId)).orderBy(asc(activityRuns.id))
    const requests = await tx.select().from(inputRequests).where(eq(inputRequests.runId, runId)).orderBy(asc(inputRequests.id))
    // The last that was written: a branch that waited may end after another, and leave the browser as that has left it.
    const [checkpoint] = await tx
      .select({ sealed: checkpoints.sealed })
      .from(checkpoints)
      .where(eq(checkpoints.runId, runId))
      .orderBy(desc(checkpoints.seq), desc(checkpoints.activityRunId))
      .limit(1)
    return { run, definition: version.definition, activities, inputRequests: requests, reports: reportsIn(activities), checkpoint: checkpoint?.sealed ?? null }
  })
  if (typeof taken === 'object') followers.wake(runId)
  return taken
}

/** Keeps the secrets that a run has seen with it, sealed; not when another worker has taken it. */
export const keepSecrets = (db: Db, runId: string, fence: number, sealedSecrets: Buffer): Promise<void> =>
  db.write(async (tx) => {
    await tx
      .update(runs)
      .set({ sealedSecrets })
      .where(and(eq(runs.id, runId), eq(runs.fence, fence)))
  })

/**
 * Prolongs the leases of runs that this process executes. Where one had run out, the time since then is not counted as the run's own.
 * @returns the ids whose lease is still this process's
 */
export const renewLeases = async (db: Db, held: ReadonlyMap<string, number>, { at, leaseUntil }: { at: number; leaseUntil: number }): Promise<Set<string>> =>
  db.write(async (tx) => {
    const kept = new Set<string>()
    for (const [runId, fence] of held) {
      const rows = await tx
        .update(runs)
        .set({ leaseUntil, activeSince: sql`CASE WHEN ${runs.leaseUntil} < ${at} THEN ${runs.activeSince} + ${at} - ${runs.leaseUntil} ELSE ${runs.activeSince} END` })
        .where(and(eq(runs.id, runId), eq(runs.fence, fence), inArray(runs.state, ['IN_PROGRESS', 'CANCELLING'])))
        .returning({ id: runs.id })
      if (rows.length > 0) kept.add(runId)
    }
    return kept
  })

/** Runs that a worker could take: those that wait their turn or were left behind. Oldest first. */
export const openRuns = async (db: Db, limit = 1_000_000): Promise<string[]> =>
  db.read(async (query) => {
    const rows = await query
      .select({ id: runs.id })
      .from(runs)
      .where(inArray(runs.state, ['PENDING', 'IN_PROGRESS', 'CANCELLING']))
      .orderBy(asc(runs.id))
      .limit(limit)
    return rows.map((row) => row.id)
  })

/** Moves waiting runs whose time has come to PENDING. @returns their ids, and when the next one is due */
export const wakeDueRuns = async (db: Db, followers: Followers, at: number): Promise<{ woken: string[]; nextAt: number | null }> => {
  const result = await db.write(async (tx) => {
    const waits = and(isNotNull(runs.wakeAt), inArray(runs.state, ['AWAITING_USER_INPUT', 'AWAITING_EXTERNAL']))
    const due = await tx
      .select({ id: runs.id })
      .from(runs)
      .where(and(waits, lte(runs.wakeAt, at)))
      .orderBy(asc(runs.wakeAt))
      .limit(1000)
    const woken = due.map((row) => row.id)
    for (const id of woken) await recordIn(tx, id, [{ event: { type: 'run.woken' } }], { fence: null, at })
    const [next] = await tx.select({ wakeAt: runs.wakeAt }).from(runs).where(waits).orderBy(asc(runs.wakeAt)).limit(1)
    return { woken, nextAt: next?.wakeAt ?? null }
  })
  for (const id of result.woken) followers.wake(id)
  return result
}
