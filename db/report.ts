import { isActivityFinal } from '../runner/model/activity.ts'
import type { Report, RunEvent } from '../runner/model/event.ts'
import { problem } from '../runner/model/problem.ts'
import { isFinal } from '../runner/model/run.ts'
import type { Change } from './change.ts'
import { recordIn } from './event-log.ts'
import type { Followers } from './followers.ts'
import { findNodeRunIn, type NodeRunRow } from './node-runs.ts'
import type { Db, Query } from './open.ts'
import type { ActivityRow } from './take-run.ts'

export type LogLine = { level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'; message: string; tags: Record<string, string> }

/** What another system says of the node that it does. */
export type NodeReport = {
  org: string
  /** The run that the node must belong to. */
  runId?: string | undefined
  status: 'IN_PROGRESS' | 'COMPLETED'
  result?: Report['result'] | undefined
  output?: Record<string, unknown> | undefined
  /** The output as it was sent, where redaction changed it. */
  sealedOutput?: Buffer | undefined
  logs?: readonly LogLine[] | undefined
  externalRunId?: string | undefined
  links?: string[] | undefined
  /** Why it failed. */
  message?: string | null | undefined
  at: number
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/**
 * Whether a node that is still at its call will wait for whoever it calls: that system may be done before the call is, and must not be told to
 * come back later.
 */
const willWait = ({ type, config }: ActivityRow): boolean => {
  if (type === 'INTEGRATION_ACTION') return true
  if (!isObject(config)) return false
  if (type === 'KAFKA') return config.wait !== false
  return type === 'WEBHOOK' ? config.synchronized === false || config.agent === true : config.reportStatus === true
}

/** @throws Problem `conflict` when nothing is to be said of it any more, or nobody but the run itself may */
const assertOpen = ({ activity, run }: NodeRunRow, at: number): void => {
  const { status, waitsFor, report, dueAt } = activity
  if (isFinal(run.state) || run.state === 'CANCELLING') throw problem('conflict', `The workflow run is ${run.state}: its node runs change no more.`)
  if (isActivityFinal(status)) throw problem('conflict', `The node run has ended already: ${status}.`)
  if (report) throw problem('conflict', `The node run has ended already: ${report.result}.`)
  if (status === 'waiting' ? waitsFor !== 'external' : !(status === 'running' && willWait(activity))) throw problem('conflict', 'The node does not wait for another system.')
  // Whoever goes on with the run has taken it as timed out, or is about to.
  if (status === 'waiting' && dueAt !== null && dueAt <= at) throw problem('conflict', 'The time of the node run is over.')
}

const toLogs = (activityId: string, logs: readonly LogLine[]): Change[] => logs.map((line) => ({ event: { type: 'log', activityId, ...line } }))

const toChanges = (activity: ActivityRow, { status, result, output, sealedOutput, logs = [], externalRunId, links, message }: NodeReport): Change[] => {
  const { id: activityId } = activity
  const lines = toLogs(activityId, logs)
  const named = { ...(externalRunId === undefined ? {} : { externalRunId }), ...(links === undefined ? {} : { links }) }
  const isNews = Object.keys(named).length > 0 || (output !== undefined && status === 'IN_PROGRESS')
  const update: Extract<RunEvent, { type: 'activity.updated' }> = { type: 'activity.updated', activityId, ...named, ...(output === undefined ? {} : { outputs: output }) }
  if (isNews) lines.push({ event: update, sealed: sealedOutput })
  if (status === 'IN_PROGRESS') return lines
  if (result === undefined) throw problem('unprocessable', 'A node run that is COMPLETED needs a result.', { details: [{ path: 'result', code: 'missing', message: 'must be SUCCESS, FAILED or CANCELLED' }] })
  // What was put out before stands, unless something else comes with the end.
  const report: Report = { result, output: output ?? activity.outputs, message: message ?? null }
  const sealed = output === undefined ? (activity.sealedOutputs ?? undefined) : sealedOutput
  return [...lines, { event: { type: 'activity.reported', activityId, report }, sealed }]
}

const reread = async (tx: Query, { activity, run }: NodeRunRow): Promise<NodeRunRow> => findNodeRunIn(tx, run.org, activity.id)

/**
 * Takes what another system says of its node: how it goes on, or how it ended. The first end counts.
 * Whoever calls wakes the run (`engine.poke`) when it is an end.
 * @throws Problem `not_found`; `conflict` when it has ended or waits for nobody; `unprocessable` when an end names no result
 */
export const reportNodeRun = async (db: Db, followers: Followers, activityId: string, report: NodeReport): Promise<NodeRunRow> => {
  const reported = await db.write(async (tx) => {
    const found = await findNodeRunIn(tx, report.org, activityId, report.runId)
    const changes = toChanges(found.activity, report)
    assertOpen(found, report.at)
    if (changes.length > 0) await recordIn(tx, found.run.id, changes, { fence: null, at: report.at })
    return reread(tx, found)
  })
  followers.wake(reported.run.id)
  return reported
}

/**
 * Adds to the log of a node run, which may have ended; its workflow run may not.
 * @throws Problem `not_found`, `conflict`
 */
export const addNodeRunLogs = async (db: Db, followers: Followers, activityId: string, { org, logs, at }: { org: string; logs: readonly LogLine[]; at: number }): Promise<NodeRunRow> => {
  const logged = await db.write(async (tx) => {
    const found = await findNodeRunIn(tx, org, activityId)
    if (isFinal(found.run.state)) throw problem('conflict', `The workflow run is ${found.run.state}: its log is closed.`)
    if (logs.length > 0) await recordIn(tx, found.run.id, toLogs(activityId, logs), { fence: null, at })
    return reread(tx, found)
  })
  followers.wake(logged.run.id)
  return logged
}
