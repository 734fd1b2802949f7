import type { Change } from '../db/event-log.ts'
import type { Step, Wake } from '../steps/lib/step.ts'
import { attempt, prepareConfig, type AttemptResult, type PreparedConfig } from './attempt.ts'
import { failureScreenshot } from './failure-screenshot.ts'
import type { NewActivity, RunError } from './model/event.ts'
import { Problem, problem, toProblem } from './model/problem.ts'
import { isRetryable, retryDelayMs } from './model/retry.ts'
import { NO_RETRY, type Node } from './model/workflow.ts'
import type { Advance } from './advance.ts'
import type { Seen } from './run-memory.ts'
import { sleep } from './sleep.ts'

/** One node of a run, attempt by attempt, until it is done, waits, or the run cannot go on. */

export type NodeOutcome =
  | { type: 'done' }
  | { type: 'waiting' }
  | { type: 'aborted' }
  | { type: 'no_action'; reason: string }
  | { type: 'failed'; error: RunError; before: Change[] }

/** A browser that dies under the same node again and again is not started for ever. */
const MAX_BROWSER_DEATHS = 3

const errorOf = (found: Problem, node: Node, activityId: string, count: number): RunError => ({
  code: found.code,
  message: found.message,
  stepId: node.identifier,
  activityRunId: activityId,
  attempt: count,
  ...(found.details === undefined ? {} : { details: found.details }),
})

const isUnchanged = (before: unknown, after: unknown): boolean => before === after || JSON.stringify(before) === JSON.stringify(after)

/** The changes that say a node is done: its output as it may be shown, and sealed as it is where that differs. */
const doneChange = async (run: Advance, node: Node, activityId: string, outputs: Record<string, unknown>, matchedTarget: number | undefined): Promise<Change> => {
  const shown = run.memory.secrets.redactor.redact(outputs)
  return {
    event: { type: 'activity.completed', activityId, outputs: shown, ...(matchedTarget === undefined ? {} : { matchedTarget }) },
    sealed: isUnchanged(shown, outputs) ? undefined : run.parts.seal.seal(outputs),
    checkpoint: await run.checkpoint(node),
  }
}

const newActivity = (run: Advance, node: Node, step: Step | undefined): NewActivity => ({
  id: run.parts.newId(),
  nodeId: node.identifier,
  title: node.title ?? null,
  kind: step?.kind ?? 'step',
  type: node.config.type,
  attempt: run.memory.activities.filter((seen) => seen.nodeId === node.identifier).reduce((most, seen) => Math.max(most, seen.attempt), 0) + 1,
  iteration: null,
})

const runTrigger = async (run: Advance, node: Node, activity: NewActivity): Promise<NodeOutcome> => {
  const { inputs } = run.memory.variables
  const outputs = inputs as Record<string, unknown>
  run.memory.finish(node.identifier, outputs)
  const stateName = node.stateName ?? node.identifier
  await run.record([{ event: { type: 'activity.started', activity, stateName } }, await doneChange(run, node, activity.id, outputs, undefined)])
  return { type: 'done' }
}

/** The attempts that failed of themselves: those that a crash or a shutdown cut off do not count against `retry.maxAttempts`. */
const failures = (run: Advance, node: Node): number =>
  run.memory.activities.filter((seen) => seen.nodeId === node.identifier && seen.status === 'failed').length

/**
 * @param resume the activity run that waited, and what ended the wait
 */
export const runNode = async (run: Advance, node: Node, resume?: { activityId: string; wake: Wake }): Promise<NodeOutcome> => {
  const { parts, memory, signal } = run
  const step = parts.catalog.get(node.config.type)
  for (let resumed = resume; ; resumed = undefined) {
    const scheduled = memory.activities.find((seen) => seen.nodeId === node.identifier && seen.status === 'scheduled')
    const waited = resumed && memory.activities.find((seen) => seen.id === resumed.activityId)
    const activity = { ...newActivity(run, node, step), ...((waited ?? scheduled) && { id: (waited ?? scheduled)!.id, attempt: (waited ?? scheduled)!.attempt }) }
    if (scheduled?.dueAt && !(await sleep(scheduled.dueAt - parts.now(), signal))) return { type: 'aborted' }
    if (step?.kind === 'trigger') return runTrigger(run, node, activity)

    const prepared = await prepareConfig(parts, memory, node).catch((error: unknown): Problem => toProblem(error))
    if (signal.aborted) return { type: 'aborted' }
    const config = prepared instanceof Problem ? {} : { config: prepared.shown }
    const start = () => run.record([{ event: { type: 'activity.started', activity, stateName: node.stateName ?? node.identifier, ...config } }])
    // What waited stays so until it has gone on: cut off in between, it is woken once more, and an answer counts all the same.
    if (!waited) await start()
    const seen: Seen = waited ?? scheduled ?? { id: activity.id, nodeId: node.identifier, status: 'running', attempt: activity.attempt, dueAt: null }
    if (!waited) seen.status = 'running'
    if (!waited && !scheduled) memory.activities.push(seen)
    const result = prepared instanceof Problem ? failedBefore(run, prepared) : await tryOnce(run, node, activity, prepared, resumed?.wake)

    switch (result.type) {
      case 'aborted':
        return { type: 'aborted' }
      case 'completed': {
        memory.finish(node.identifier, result.outputs)
        const screenshot = memory.definition.settings?.screenshots === 'every-step'
        if (screenshot) await failureScreenshot(run, activity.id, `${node.identifier}.png`)
        await run.record([await doneChange(run, node, activity.id, result.outputs, result.matchedTarget)])
        seen.status = 'completed'
        return { type: 'done' }
      }
      case 'waiting':
        if (waited) await start()
        await run.wait(activity, node, result.wait)
        seen.status = 'waiting'
        seen.dueAt = result.wait.type === 'timer' ? result.wait.until.getTime() : null
        return { type: 'waiting' }
      case 'ended': {
        if (result.how === 'no_action') {
          await run.record([await doneChange(run, node, activity.id, { reason: result.message }, undefined)])
          seen.status = 'completed'
          return { type: 'no_action', reason: result.message }
        }
        const error = errorOf(problem('step_failed', result.message), node, activity.id, activity.attempt)
        return { type: 'failed', error, before: [{ event: { type: 'activity.failed', activityId: activity.id, error } }] }
      }
      case 'failed': {
        const deaths = memory.browserDeaths.get(node.identifier) ?? 0
        if (result.problem.code !== 'browser_crashed' || !run.browser().isDead() || deaths === MAX_BROWSER_DEATHS) {
          const outcome = await afterFailure(run, node, activity, seen, result.problem)
          if (outcome) return outcome
          break
        }
        memory.browserDeaths.set(node.identifier, deaths + 1)
        const error = errorOf(problem('interrupted', 'The browser ended; the node is done again in another.'), node, activity.id, activity.attempt)
        await run.record([{ event: { type: 'activity.cancelled', activityId: activity.id, error } }])
        seen.status = 'cancelled'
        await run.renewBrowser()
        if (memory.rewind()) return { type: 'done' }
      }
    }
  }
}

const failedBefore = (run: Advance, found: Problem): AttemptResult => {
  const { redactor } = run.memory.secrets
  if (found.code === 'internal') run.parts.onError(found.cause, run.runId)
  return { type: 'failed', problem: problem(found.code, redactor.redactText(found.message), { details: redactor.redact(found.details), cause: found.cause }) }
}

const tryOnce = async (run: Advance, node: Node, activity: NewActivity, prepared: PreparedConfig, wake: Wake | undefined): Promise<AttemptResult> => {
  await run.tracer.beforeAttempt(activity.attempt)
  const result = await attempt(run.parts, run.memory, run.host, {
    node,
    activityId: activity.id,
    config: prepared.config,
    browser: run.browser(),
    signal: run.signal,
    ...(wake ? { wake } : {}),
  })
  await run.tracer.afterAttempt(activity.id)
  return result
}

/** @returns null when there is another attempt; it has been scheduled */
const afterFailure = async (run: Advance, node: Node, activity: NewActivity, seen: Seen, found: Problem): Promise<NodeOutcome | null> => {
  const { parts, memory, signal } = run
  const screenshot = await failureScreenshot(run, activity.id, `failure-${node.identifier}-${activity.attempt}.png`)
  const details = { ...(typeof found.details === 'object' ? found.details : {}), ...(screenshot ? { screenshotArtifactId: screenshot } : {}) }
  const error = errorOf(problem(found.code, found.message, Object.keys(details).length > 0 ? { details } : {}), node, activity.id, activity.attempt)
  const failed = (outputs?: unknown): Change => ({ event: { type: 'activity.failed', activityId: activity.id, error, ...(outputs === undefined ? {} : { outputs }) } })
  if (signal.aborted) return { type: 'aborted' }

  const retry = node.retry ?? NO_RETRY
  const count = failures(run, node) + 1
  if (count < retry.maxAttempts && isRetryable(found)) {
    const wanted = (found.details as { retryAfterMs?: unknown } | undefined)?.retryAfterMs
    const delayMs = Math.max(retryDelayMs(count, retry, parts.random()), typeof wanted === 'number' ? Math.min(wanted, retry.maxBackoffMs) : 0)
    const dueAt = parts.now() + delayMs
    const next = { ...activity, id: parts.newId(), attempt: activity.attempt + 1 }
    await run.record([failed(), { event: { type: 'activity.scheduled', activity: next, dueAt } }])
    seen.status = 'failed'
    memory.activities.push({ id: next.id, nodeId: node.identifier, status: 'scheduled', attempt: next.attempt, dueAt })
    // What led to the page that was thrown away is done before the next attempt is.
    return (await run.mendPage(found)) && memory.rewind() ? { type: 'done' } : null
  }
  if (node.onFailure === 'continue') {
    const outputs = { error: { code: error.code, message: error.message } }
    memory.finish(node.identifier, outputs)
    await run.record([failed(outputs)])
    seen.status = 'failed'
    await run.mendPage(found)
    return { type: 'done' }
  }
  return { type: 'failed', error, before: [failed()] }
}
