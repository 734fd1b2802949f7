import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { ACTIVITY_NEXT } from '../runner/model/activity.ts'
import type { RunEvent } from '../runner/model/event.ts'
import { problem } from '../runner/model/problem.ts'
import { isAwaiting, isFinal, nextState, toStatus, type RunState } from '../runner/model/run.ts'
import type { Change, RunRow, StoredEvent } from './change.ts'
import type { Followers } from './followers.ts'
import type { Db, Query } from './open.ts'
import { recordActivity } from './record-activity.ts'
import { recordInput, tellQuestions } from './record-input.ts'
import { artifacts, events, runCounts, runs, workflows } from './schema.ts'
import { statementsOf } from './statements.ts'
import { stepIdOf } from './step-of.ts'

export type EventLog = {
  /**
   * Records that `changes` happened to a run, all or none, and wakes its followers.
   * @param fence the number that the worker took the run with; null for a change from outside (an answer, a cancel)
   * @param at milliseconds since 1970
   * @returns the run as it is then
   * @throws Problem `conflict` when the state table or the fence refuses; nothing is written then. `not_found` when there is no such run.
   */
  record(runId: string, changes: readonly Change[], options: { fence: number | null; at: number }): Promise<RunRow>
  /** The run as it is now. @throws Problem `not_found` */
  run(runId: string): Promise<RunRow>
  /** Reads up to 500 events of a run after `cursor`, oldest first. Callers at the same place share one read. */
  after(runId: string, cursor: number): Promise<StoredEvent[]>
  /** Yields the events of a run after `cursor` as they come, until `signal` aborts. */
  follow(runId: string, cursor: number, signal: AbortSignal): AsyncGenerator<StoredEvent[], void, void>
}

const PAGE = 500
/** What changes where a run stands, or what it waits for, although its state stays. */
const MOVES: ReadonlySet<string> = new Set<RunEvent['type']>(['activity.started', 'input.answered', 'input.expired'])

/** @param leaseUntil what comes after it is not the run's time: the machine slept, or its clock was set */
const setState = async (tx: Query, run: RunRow, state: RunState, { at, leaseUntil }: { at: number; leaseUntil: number | null }): Promise<void> => {
  if (state === run.state) return
  const bump = (which: RunState, by: 1 | -1) =>
    tx
      .insert(runCounts)
      .values({ org: run.org, workflowId: run.workflowId, state: which, count: by })
      .onConflictDoUpdate({ target: [runCounts.org, runCounts.workflowId, runCounts.state], set: { count: sql`${runCounts.count} + ${by}` } })
  await bump(run.state, -1)
  await bump(state, 1)
  if (run.state === 'IN_PROGRESS' && run.activeSince !== null) {
    run.activeMs += Math.max(0, Math.min(at, leaseUntil ?? at) - run.activeSince)
    run.activeSince = null
  }
  if (state === 'IN_PROGRESS') run.activeSince = at
  // Nothing that does not wait needs waking; a time that has passed would be looked for over and over.
  if (!isAwaiting(state)) run.wakeAt = null
  run.state = state
  run.status = toStatus(state)
}

/** Changes the run's row in memory as `event` asks. @returns what followers are told of it beside the state */
const applyRun = (run: RunRow, event: RunEvent, at: number): Record<string, unknown> => {
  switch (event.type) {
    case 'run.started':
      run.startedAt ??= at
      run.wakeAt = null
      return {}
    case 'run.awaiting_input':
    case 'run.awaiting_external':
      run.leaseUntil = null
      run.wakeAt = event.wakeAt
      return {}
    case 'run.woken':
      run.wakeAt = null
      return {}
    case 'run.handed_back':
      run.leaseUntil = null
      // A dead worker's run stood still since its last event: that time is not the run's.
      if (event.reason === 'crash' && run.activeSince !== null) {
        run.activeMs += Math.max(0, run.updatedAt - run.activeSince)
        run.activeSince = null
      }
      return { reason: event.reason }
    case 'run.cancelling':
      run.cancelReason = event.reason
      run.cancelForce = event.force
      return { reason: event.reason }
    case 'run.completed':
      run.outputs = event.outputs as Record<string, unknown>
      return {}
    case 'run.completed_with_no_action_taken':
      run.outputs = event.outputs as Record<string, unknown>
      return { reason: event.reason }
    case 'run.failed':
    case 'run.cancelled':
      run.outputs = event.outputs as Record<string, unknown>
      run.error = event.error
      return { error: event.error }
    default:
      return {}
  }
}

const applyOther = async (tx: Query, run: RunRow, event: RunEvent, at: number): Promise<Record<string, unknown>> => {
  switch (event.type) {
    case 'artifact.created': {
      const { activityId, artifact } = event
      await tx.insert(artifacts).values({ ...artifact, org: run.org, runId: run.id, workflowId: run.workflowId, activityRunId: activityId, createdAt: at })
      return { activityRunId: activityId, artifactId: artifact.id, artifactType: artifact.type, name: artifact.name, mimeType: artifact.mimeType, sizeBytes: artifact.sizeBytes }
    }
    case 'log':
      return { activityRunId: event.activityId, stepId: await stepIdOf(tx, event.activityId), level: event.level, message: event.message, tags: event.tags }
    case 'thinking':
      return { activityRunId: event.activityId, stepId: await stepIdOf(tx, event.activityId), text: event.text }
    default:
      return {}
  }
}

/**
 * Records `changes` inside a transaction that the caller holds: for `db/` functions that must write something else together with an event.
 * They wake the followers themselves, after it is committed.
 */
export const recordIn = async (tx: Query, runId: string, changes: readonly Change[], { fence, at }: { fence: number | null; at: number }): Promise<RunRow> => {
  const statements = statementsOf(tx)
  const [run] = await statements.run.execute({ id: runId })
  if (!run) throw problem('not_found', `No workflow run ${runId}.`)
  if (fence !== null && run.fence !== fence) throw problem('conflict', `Another worker has taken run ${runId}.`)
  for (const change of changes) {
    const { event } = change
    const { state: before, leaseUntil } = run
    const state = nextState(before, event.type)
    if (state === null) throw problem('conflict', `A run that is ${run.state} cannot take ${event.type}.`)
    if (event.type === 'activity.started') run.currentStateName = event.stateName
    const facts =
      event.type in ACTIVITY_NEXT
        ? await recordActivity(tx, run, change, at)
        : event.type.startsWith('input.')
          ? await recordInput(tx, run, change, at)
          : event.type === 'run.asking' || event.type === 'run.awaiting_input'
            ? { ...applyRun(run, event, at), questions: await tellQuestions(tx, runId, at) }
            : event.type.startsWith('run.')
              ? applyRun(run, event, at)
              : await applyOther(tx, run, event, at)
    await setState(tx, run, state, { at, leaseUntil })
    if (isFinal(state)) Object.assign(run, { completedAt: at, leaseUntil: null, wakeAt: null })
    const isMoved = state !== before || event.type.startsWith('run.') || MOVES.has(event.type)
    const place = isMoved ? { state, currentStateName: run.currentStateName, workflowId: run.workflowId } : {}
    const { activityRunId = null, ...data } = { ...facts, ...place } as Record<string, unknown>
    await statements.addEvent.execute({ runId, activityRunId: activityRunId as string | null, type: event.type, data, at })
  }
  run.updatedAt = at
  await statements.setRun.execute(run)
  return run
}

/** Adds a new run in PENDING with its first event. Used by `createRun` only. */
export const insertRun = async (tx: Query, run: typeof runs.$inferInsert, at: number): Promise<void> => {
  await tx.insert(runs).values(run)
  await tx
    .insert(runCounts)
    .values({ org: run.org, workflowId: run.workflowId, state: 'PENDING', count: 1 })
    .onConflictDoUpdate({ target: [runCounts.org, runCounts.workflowId, runCounts.state], set: { count: sql`${runCounts.count} + 1` } })
  await tx.insert(events).values({ runId: run.id, activityRunId: null, type: 'run.created', data: { state: 'PENDING', currentStateName: null, workflowId: run.workflowId }, at })
}

/** Whether `workflowId` is deleted: then nothing new starts from it. */
export const isDeleted = async (tx: Query, workflowId: string): Promise<boolean> => {
  const [row] = await tx.select({ deletedAt: workflows.deletedAt }).from(workflows).where(eq(workflows.id, workflowId))
  return !row || row.deletedAt !== null
}

export const createEventLog = (db: Db, followers: Followers): EventLog => {
  const reads = new Map<string, Promise<StoredEvent[]>>()
  const after = (runId: string, cursor: number): Promise<StoredEvent[]> => {
    const key = `${runId}:${cursor}`
    const known = reads.get(key)
    if (known) return known
    const read = db.read(async (query) => {
      // From here on it may miss what is recorded next: later callers start a read of their own.
      reads.delete(key)
      return query
        .select()
        .from(events)
        .where(and(eq(events.runId, runId), gt(events.seq, cursor)))
        .orderBy(asc(events.seq))
        .limit(PAGE)
    })
    reads.set(key, read)
    // A read that could not even begin is not to be shared for ever.
    read.catch(() => {
      if (reads.get(key) === read) reads.delete(key)
    })
    return read
  }
  return {
    after,
    run: async (runId) => {
      const [found] = await db.read(async (query) => query.select().from(runs).where(eq(runs.id, runId)))
      if (!found) throw problem('not_found', `No workflow run ${runId}.`)
      return found
    },
    record: async (runId, changes, options) => {
      const run = await db.write(async (tx) => recordIn(tx, runId, changes, options))
      followers.wake(runId)
      return run
    },
    async *follow(runId, cursor, signal) {
      // Begun before reading, so that what is recorded in between is not slept through.
      const news = followers.listen(runId, signal)
      try {
        while (!signal.aborted) {
          const page = await after(runId, cursor)
          if (page.length > 0) {
            cursor = page.at(-1)!.seq
            yield page
          }
          if (page.length < PAGE) await news.next()
        }
      } finally {
        news.end()
      }
    },
  }
}
