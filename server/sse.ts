import type { Response } from 'express'
import { getRunDetail, type Viewer } from '../db/runs.ts'
import type { StoredEvent } from '../db/change.ts'
import { joinSignals } from '../runner/join-signals.ts'
import { FINAL_STATES, isSuccess, toStatus, type RunState } from '../runner/model/run.ts'
import { frame, sendEvents } from './event-stream.ts'
import type { Services } from './start.ts'
import { toRun, toRunActivities, type SignUrl } from './wire.ts'

/** Server-sent events of a run (contract, section 8): the log, followed. */

const FINAL_EVENTS = new Set(['run.completed', 'run.completed_with_no_action_taken', 'run.failed', 'run.cancelled'])
export const isFinalEvent = (event: StoredEvent): boolean => FINAL_EVENTS.has(event.type)

const isoOrNull = (ms: unknown): string | null => (typeof ms === 'number' ? new Date(ms).toISOString() : null)

const MESSAGES: Record<string, string> = {
  COMPLETED: 'Workflow executed successfully',
  COMPLETED_WITH_NO_ACTION_TAKEN: 'Workflow executed successfully; there was nothing to do',
}

/** What a blocking call answers, and what ends a stream. */
export type RunResult = { success: boolean; message: string; workflowRun: Record<string, unknown> }

export const runResult = async (services: Services, viewer: Viewer, runId: string, sign: SignUrl): Promise<RunResult> => {
  const detail = await getRunDetail(services.db, viewer, runId)
  const { state, error } = detail.run
  return {
    success: isSuccess(state),
    message: MESSAGES[state] ?? error?.message ?? `The run is ${toStatus(state)}.`,
    workflowRun: { ...toRun(detail, services.clock.now()), ...toRunActivities(detail, sign) },
  }
}

/** Where a run stands after an event that moved it. */
const toPlace = ({ runId, data, at }: StoredEvent) => {
  const state = data.state as RunState
  return { workflowRunId: runId, workflowId: data.workflowId, status: toStatus(state), state, currentStateName: data.currentStateName, at: new Date(at).toISOString() }
}

/** One event as frames. A final one also becomes the last frame, which carries the id: whoever reconnects before it gets both again. */
const toFrames = async (event: StoredEvent, result: () => Promise<RunResult>): Promise<string> => {
  const { seq, runId, activityRunId, type, data } = event
  const at = new Date(event.at).toISOString()
  if (type.startsWith('run.')) {
    const state = data.state as RunState
    const content = toPlace(event)
    if (!FINAL_EVENTS.has(type)) return frame('workflow-run', { content }, seq)
    const end = await result()
    const { error } = end.workflowRun as { error: { code: string; message: string } | null }
    const last = FINAL_STATES.includes(state) && isSuccess(state) ? frame('result', end, seq) : frame('error', { error: error?.code ?? 'internal', details: error?.message ?? '', workflowRun: end.workflowRun }, seq)
    return frame('workflow-run', { content }) + last
  }
  if (type.startsWith('activity.')) {
    const { stepId, stepName, kind, status, attempt, iteration, outputs, links, error } = data
    const times = { startedAt: isoOrNull(data.startedAt), completedAt: isoOrNull(data.completedAt) }
    return frame('activity-run', { content: { workflowRunId: runId, activityRunId, stepId, stepName, kind, status, attempt, iteration, outputs, ...times, ...(links ? { links } : {}), ...(error ? { error } : {}), at } }, seq)
  }
  switch (type) {
    case 'thinking':
      return frame('thinking', { content: data.text, stepId: data.stepId ?? null, activityRunId, at }, seq)
    case 'log':
      return frame('log', { content: { activityRunId, stepId: data.stepId ?? null, level: data.level, message: data.message, tags: data.tags, at } }, seq)
    case 'artifact.created':
      return frame('artifact', { content: { artifactId: data.artifactId, activityRunId, type: data.artifactType, name: data.name, mimeType: data.mimeType, sizeBytes: data.sizeBytes, at } }, seq)
    case 'input.requested':
      return frame('user-input', { content: { inputRequestId: data.inputRequestId, stepId: data.stepId, title: data.title, schema: data.schema, expiresAt: new Date(data.expiresAt as number).toISOString() } }, seq)
    case 'input.received':
      return frame('user-input-received', { content: { inputRequestId: data.inputRequestId, by: data.by, button: data.button, required: data.required, missing: data.missing, at } }, seq)
    default:
      // `input.answered` and the like: where they move the run on, that tells of them.
      return data.state === undefined ? `id: ${seq}\n\n` : frame('workflow-run', { content: toPlace(event) }, seq)
  }
}

/** Followers of one run read the same events: each is put in words once, the last one once for each name that the server is called under. */
const framed = new WeakMap<StoredEvent, Map<string, Promise<string>>>()

const framesOf = (event: StoredEvent, origin: string, result: () => Promise<RunResult>): Promise<string> => {
  const key = isFinalEvent(event) ? origin : ''
  const known = framed.get(event) ?? new Map<string, Promise<string>>()
  framed.set(event, known)
  const frames = known.get(key) ?? toFrames(event, result)
  known.set(key, frames)
  return frames
}

/**
 * Streams a run's events after `cursor` until it ends or the client goes. A client that reads slowly is waited for, and falls behind.
 */
export const streamRun = async (
  services: Services,
  { runId, viewer, cursor, origin, response, signal }: { runId: string; viewer: Viewer; cursor: number; origin: string; response: Response; signal: AbortSignal },
): Promise<void> => {
  const result = () => runResult(services, viewer, runId, (id) => services.urls.sign(origin, id))
  using stopping = joinSignals([signal, services.stopping])
  const stopped = stopping.signal
  await sendEvents(response, { stopped, headers: { 'x-workflow-run-id': runId } }, async (send) => {
    for await (const page of services.log.follow(runId, cursor, stopped)) {
      const frames = await Promise.all(page.map((event) => framesOf(event, origin, result)))
      await send(frames.join(''))
      if (page.some(isFinalEvent)) break
    }
  })
}

/** Resolves when the run is final: true, or when `signal` aborts: false. */
export const runEnded = async (services: Services, runId: string, signal: AbortSignal): Promise<boolean> => {
  for await (const page of services.log.follow(runId, 0, signal)) if (page.some(isFinalEvent)) return true
  return false
}
