import { sql } from 'drizzle-orm'
import { ACTIVITY_NEXT, isActivityFinal, type ActivityEventType } from '../runner/model/activity.ts'
import type { NewActivity, RunEvent } from '../runner/model/event.ts'
import { problem } from '../runner/model/problem.ts'
import type { Change, RunRow } from './change.ts'
import type { Query } from './open.ts'
import { checkpoints, events, type activityRuns } from './schema.ts'
import { EMPTY_ACTIVITY, statementsOf } from './statements.ts'

/** What an event of an activity run changes in its row. */

const activityValues = (run: RunRow, activity: NewActivity, at: number) => {
  const { id, nodeId, title, kind, type, attempt, iteration } = activity
  return { id, runId: run.id, nodeId, title, kind, type, attempt, iteration, createdAt: at, updatedAt: at }
}

/** What names a node to workers, whichever version and run of its workflow. */
export const nodeUidOf = ({ workflowId }: Pick<RunRow, 'workflowId'>, { nodeId }: { nodeId: string }): string => `${workflowId}:${nodeId}`

/** Applies an activity event to its row. @returns what followers are told of it */
export const recordActivity = async (tx: Query, run: RunRow, change: Change, at: number): Promise<Record<string, unknown>> => {
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
  /** The node's own links, with those that another system has reported. */
  const besideReported = (own: readonly string[]): string[] => [...new Set([...own, ...(found?.links ?? [])])]
  switch (event.type) {
    case 'activity.scheduled':
      set.dueAt = event.dueAt
      break
    case 'activity.started':
      set.startedAt = found?.startedAt ?? at
      // What ended the wait of before does not end the next one.
      if (found?.status === 'waiting') set.report = null
      if (event.config !== undefined) set.config = event.config
      if (event.links !== undefined) set.links = besideReported(event.links)
      break
    case 'activity.completed':
    case 'activity.skipped':
      set.outputs = event.outputs as Record<string, unknown>
      set.sealedOutputs = change.sealed ?? null
      if ('matchedTarget' in event) set.matchedTarget = event.matchedTarget ?? null
      if ('links' in event && event.links !== undefined) set.links = besideReported(event.links)
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
    const written = { sealed: change.checkpoint, seq: sql`(SELECT max(${events.seq}) FROM ${events})` }
    await tx.insert(checkpoints).values({ activityRunId: id, runId: run.id, ...written }).onConflictDoUpdate({ target: checkpoints.activityRunId, set: written })
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
    ...(set.links ? { links: set.links } : {}),
    ...(set.error ? { error: set.error } : {}),
  }
}
