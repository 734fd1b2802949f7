import { and, asc, eq, gt, ne, sql } from 'drizzle-orm'
import { ACTIVITY_NEXT, isActivityFinal, type ActivityEventType } from '../runner/model/activity.ts'
import type { NewActivity, RunEvent } from '../runner/model/event.ts'
import { problem } from '../runner/model/problem.ts'
import { isAwaiting, isFinal, nextState, toStatus, type RunState } from '../runner/model/run.ts'
import { isShared, missingOf, requiredOf, type AskedButton } from '../runner/model/shared-question.ts'
import type { Db, Query } from './open.ts'
import { EMPTY_ACTIVITY, statementsOf } from './statements.ts'
import { activityRuns, artifacts, checkpoints, events, inputRequests, runCounts, runs, workflows } from './schema.ts'

/** An event as the log keeps it. `seq` grows in the order in which things happened; a run's events are numbered with gaps. */
export type StoredEvent = typeof events.$inferSelect
export type RunRow = typeof runs.$inferSelect

/** An event to record, with what travels sealed beside it. */
export type Change = {
  event: RunEvent
  /** The outputs, the answers so far (`input.received`, `input.answered`) or the config (`activity.waiting`) as they are, where redaction changed them. */
  sealed?: Buffer | undefined
  /** The browser after this activity run, where it changed. */
  checkpoint?: Buffer | undefined
}

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

const setState = async (tx: Query, run: RunRow, state: RunState, at: number): Promise<void> => {
  if (state === run.state) return
  const bump = (which: RunState, by: 1 | -1) =>
    tx
      .insert(runCounts)
      .values({ org: run.org, workflowId: run.workflowId, state: which, count: by })
      .onConflictDoUpdate({ target: [runCounts.org, runCounts.workflowId, runCounts.state], set: { count: sql`${runCounts.count} + ${by}` } })
  await bump(run.state, -1)
  await bump(state, 1)
  if (run.state === 'IN_PROGRESS' && run.activeSince !== null) {
    run.activeMs += Math.max(0, at - run.activeSince)
    run.activeSince = null
  }
  if (state === 'IN_PROGRESS') run.activeSince = at
  // Nothing that does not wait needs waking; a time that has passed would be looked for over and over.
  if (!isAwaiting(state)) run.wakeAt = null
  run.state = state
  run.status = toStatus(state)
}

const activityValues = (run: RunRow, activity: NewActivity, at: number) => {
  const { id, nodeId, title, kind, type, attempt, iteration } = activity
  return { id, runId: run.id, nodeId, title, kind, type, attempt, iteration, createdAt: at, updatedAt: at }
}

/** What names a node to workers, whichever version and run of its workflow. */
export const nodeUidOf = ({ workflowId }: Pick<RunRow, 'workflowId'>, { nodeId }: { nodeId: string }): string => `${workflowId}:${nodeId}`

/** Applies an activity event to its row. @returns what followers are told of it */
const applyActivity = async (tx: Query, run: RunRow, change: Change, at: number): Promise<Record<string, unknown>> => {
  const event = change.event as Extract<RunEvent, { type: ActivityEventType }>
  const id = 'activity' in event ? event.activity.id : event.activityId
  const statements = statementsOf(tx)
  const [found] = await statements.activity.execute({ id })
  const rule = ACTIVITY_NEXT[event.type]
  if (found && found.runId !== run.id) throw problem('conflict', `Activity run ${id} belongs to another run.`)
  if (!(rule.from as readonly unknown[]).includes(found?.status ?? null))
    throw problem('conflict', `An activity run that is ${found?.status ?? 'unknown'} cannot take ${event.type}.`)
  const status = rule.to ?? found!.status
  const ended = isActivityFinal(status) ? { completedAt: at, dueAt: null, sealedConfig: null } : {}
  const set: Partial<typeof activityRuns.$inferInsert> = { status, updatedAt: at, ...ended }
  switch (event.type) {
    case 'activity.scheduled':
      set.dueAt = event.dueAt
      break
    case 'activity.started':
      set.startedAt = found?.startedAt ?? at
      // What ended the wait of before does not end the next one.
      if (found?.status === 'waiting') set.report = null
      if (event.config !== undefined) set.config = event.config
      break
    case 'activity.completed':
    case 'activity.skipped':
      set.outputs = event.outputs as Record<string, unknown>
      set.sealedOutputs = change.sealed ?? null
      if ('matchedTarget' in event) set.matchedTarget = event.matchedTarget ?? null
      break
    case 'activity.failed':
      set.error = event.error
      // What was put out on the way is not the output of a node that failed: with one, it would count as done.
      set.outputs = (event.outputs as Record<string, unknown> | undefined) ?? null
      set.sealedOutputs = null
      break
    case 'activity.cancelled':
      set.error = event.error
      set.sealedOutputs = null
      break
    case 'activity.waiting':
      set.dueAt = event.dueAt
      set.waitsFor = event.waitsFor
      set.installationId = event.installationId ?? null
      set.nodeUid = event.installationId === undefined ? null : nodeUidOf(run, found!)
      set.sealedConfig = change.sealed ?? null
      break
    case 'activity.updated':
      if (event.outputs !== undefined) Object.assign(set, { outputs: event.outputs, sealedOutputs: change.sealed ?? null })
      if (event.externalRunId !== undefined) set.externalRunId = event.externalRunId
      if (event.links !== undefined) set.links = event.links
      break
    case 'activity.reported':
      if (found?.report) throw problem('conflict', `Activity run ${id} has ended already: ${found.report.result}.`)
      set.report = event.report
      set.sealedOutputs = change.sealed ?? null
      break
  }
  if (found) await statements.setActivity.execute({ ...found, ...set })
  else if ('activity' in event) await statements.addActivity.execute({ ...EMPTY_ACTIVITY, ...activityValues(run, event.activity, at), ...set })
  if (change.checkpoint) {
    const { checkpoint: sealed } = change
    await tx.insert(checkpoints).values({ activityRunId: id, runId: run.id, sealed }).onConflictDoUpdate({ target: checkpoints.activityRunId, set: { sealed } })
  }
  const facts = 'activity' in event ? event.activity : found!
  return {
    activityRunId: id,
    stepId: facts.nodeId,
    stepName: facts.title,
    kind: facts.kind,
    status,
    attempt: facts.attempt,
    iteration: facts.iteration,
    outputs: set.outputs ?? null,
    startedAt: set.startedAt ?? found?.startedAt ?? null,
    completedAt: set.completedAt ?? found?.completedAt ?? null,
    ...(set.error ? { error: set.error } : {}),
  }
}

/** When the node before a question began: what that does makes the portal send its code, which may come before it is asked for. */
const setOutAt = async (tx: Query, runId: string, activityId: string, at: number): Promise<number> => {
  const [before] = await tx
    .select({ startedAt: sql<number | null>`max(${activityRuns.startedAt})` })
    .from(activityRuns)
    .where(and(eq(activityRuns.runId, runId), ne(activityRuns.id, activityId), ne(activityRuns.kind, 'trigger')))
  return before?.startedAt ?? at
}

const applyInput = async (tx: Query, run: RunRow, change: Change, at: number): Promise<Record<string, unknown>> => {
  const event = change.event
  if (event.type === 'input.requested') {
    const { activityId, ...request } = event.request
    await tx.insert(inputRequests).values({
      ...request,
      schema: request.schema as Record<string, unknown>,
      buttons: request.buttons as AskedButton[],
      org: run.org,
      runId: run.id,
      workflowId: run.workflowId,
      workflowName: run.workflowName,
      activityRunId: activityId,
      status: 'pending',
      codesSince: request.account === null ? null : await setOutAt(tx, run.id, activityId, at),
      createdAt: at,
      updatedAt: at,
    })
    return { activityRunId: activityId, inputRequestId: request.id, stepId: await stepIdOf(tx, activityId), title: request.title, schema: request.schema, expiresAt: request.expiresAt }
  }
  if (event.type !== 'input.received' && event.type !== 'input.answered' && event.type !== 'input.expired' && event.type !== 'input.cancelled') return {}
  const [found] = await tx.select().from(inputRequests).where(eq(inputRequests.id, event.requestId))
  if (!found || found.runId !== run.id) throw problem('not_found', `No input request ${event.requestId}.`)
  if (found.status !== 'pending') throw problem(found.status === 'expired' ? 'gone' : 'conflict', `This question was ${found.status} already.`)
  if (event.type === 'input.received' || (event.type === 'input.answered' && isShared(found))) {
    const { by, button, comments } = event
    const answers = [...found.answers, { values: event.values as Record<string, unknown>, button, comments, by, at }]
    await tx.update(inputRequests).set({ answers, sealedValues: change.sealed ?? null, updatedAt: at }).where(eq(inputRequests.id, event.requestId))
    if (event.type === 'input.received') return { activityRunId: found.activityRunId, inputRequestId: found.id, status: found.status, by, button, required: requiredOf(found), missing: missingOf(found, answers) }
  }
  const status = event.type === 'input.answered' ? 'answered' : event.type === 'input.expired' ? 'expired' : 'cancelled'
  const answer =
    event.type === 'input.answered'
      ? {
          values: event.values as Record<string, unknown>,
          sealedValues: change.sealed ?? null,
          button: event.button,
          comments: event.comments,
          answeredBy: event.by,
          answeredAt: at,
        }
      : {}
  await tx.update(inputRequests).set({ status, updatedAt: at, ...answer }).where(eq(inputRequests.id, event.requestId))
  return { activityRunId: found.activityRunId, inputRequestId: found.id, status, by: event.type === 'input.answered' ? event.by : null }
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

const stepIdOf = async (tx: Query, activityId: string | null): Promise<string | null> => {
  if (activityId === null) return null
  const [found] = await tx.select({ nodeId: activityRuns.nodeId }).from(activityRuns).where(eq(activityRuns.id, activityId))
  return found?.nodeId ?? null
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
    const before = run.state
    const state = nextState(before, event.type)
    if (state === null) throw problem('conflict', `A run that is ${run.state} cannot take ${event.type}.`)
    if (event.type === 'activity.started') run.currentStateName = event.stateName
    const facts =
      event.type in ACTIVITY_NEXT
        ? await applyActivity(tx, run, change, at)
        : event.type.startsWith('input.')
          ? await applyInput(tx, run, change, at)
          : event.type.startsWith('run.')
            ? applyRun(run, event, at)
            : await applyOther(tx, run, event, at)
    await setState(tx, run, state, at)
    if (isFinal(state)) Object.assign(run, { completedAt: at, leaseUntil: null, wakeAt: null })
    const isMoved = state !== before || event.type.startsWith('run.') || event.type === 'activity.started'
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

/** One who follows a run. Made once for the whole following: a signal an event costs more than the event. */
export type News = {
  /** Resolves when something was recorded since it last did, or when the signal aborts. */
  next(): Promise<void>
  end(): void
}

/** Who listens for this, in the place of a run's id, is woken by every run. */
export const EVERY_RUN = '*'

export type Followers = {
  wake(runId: string): void
  listen(runId: string, signal: AbortSignal): News
}

/** Who follows which run. A wake-up carries no data: the log is read again. */
export const createFollowers = (): Followers => {
  const listening = new Map<string, Set<() => void>>()
  return {
    wake: (runId) => {
      for (const id of [runId, EVERY_RUN]) for (const told of listening.get(id) ?? []) told()
    },
    listen: (runId, signal) => {
      let isNew = false
      let wake: (() => void) | null = null
      const told = (): void => {
        isNew = true
        wake?.()
      }
      const all = listening.get(runId) ?? new Set()
      listening.set(runId, all)
      all.add(told)
      signal.addEventListener('abort', told)
      return {
        next: async () => {
          if (!isNew && !signal.aborted)
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          wake = null
          isNew = false
        },
        end: () => {
          signal.removeEventListener('abort', told)
          all.delete(told)
          if (all.size === 0 && listening.get(runId) === all) listening.delete(runId)
        },
      }
    },
  }
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
