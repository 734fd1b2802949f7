import type { Change } from '../db/change.ts'
import type { Step, Wait, Wake } from '../steps/lib/step.ts'
import type { Advance } from './advance.ts'
import { attempt, prepareConfig, type AttemptResult, type PreparedConfig } from './attempt.ts'
import { failureScreenshot } from './failure-screenshot.ts'
import { runLoop } from './loop.ts'
import type { NewActivity, RunError } from './model/event.ts'
import { Problem, problem, toProblem } from './model/problem.ts'
import { isRetryable, retryDelayMs } from './model/retry.ts'
import { isLoop } from './model/node-kind.ts'
import { goesOnAfterFailure, NO_RETRY, type Node } from './model/workflow.ts'
import { waitForNode, type WaitStart } from './pause.ts'
import type { RunBrowser } from './run-browser.ts'
import type { Scope, Seen } from './run-memory.ts'
import type { Seal } from './seal.ts'
import { sleepUntil } from './sleep.ts'
import { afterLogin, waitForSession } from './wait-for-login.ts'
import type { WalkOutcome } from './walk.ts'

/** One node of a run, attempt by attempt, until it is done, waits, or the run cannot go on. */

/** A browser that dies under the same node again and again is not started for ever. */
const MAX_BROWSER_DEATHS = 3

/** What one node does, and where. */
type NodeRun = { run: Advance; scope: Scope; node: Node; step: Step | undefined; signal: AbortSignal }

const errorOf = (found: Problem, node: Node, activity: Pick<NewActivity, 'id' | 'attempt'>): RunError => ({
  code: found.code,
  message: found.message,
  stepId: node.identifier,
  activityRunId: activity.id,
  attempt: activity.attempt,
  ...(found.details === undefined ? {} : { details: found.details }),
})

/** `value` as it is, sealed, where it may not be shown so. */
const sealUnlessSame = (seal: Seal, value: unknown, shown: unknown): Buffer | undefined => (value === shown || JSON.stringify(value) === JSON.stringify(shown) ? undefined : seal.seal(value))

/** What an attempt found beside its output. */
type Found = { matchedTarget?: number | undefined; links?: string[] }

/** The change that says a node is done: its output as it may be shown, and sealed as it is where that differs. */
const doneChange = async ({ run, scope, node }: NodeRun, activityId: string, outputs: Record<string, unknown>, { matchedTarget, links = [] }: Found = {}): Promise<Change> => {
  const shown = run.memory.secrets.redactor.redact(outputs)
  return {
    event: { type: 'activity.completed', activityId, outputs: shown, ...(matchedTarget === undefined ? {} : { matchedTarget }), ...(links.length > 0 && { links }) },
    sealed: sealUnlessSame(run.parts.seal, outputs, shown),
    checkpoint: await run.checkpoint(node, scope.page),
  }
}

/** Whether workers ask for it. */
const isClaimed = (wait: Wait): boolean => wait.type === 'external' && wait.installationId !== undefined

/** The activity run to go on with: one that waits, is scheduled, or is a loop's; else a new one. */
const activityFor = ({ run, scope, node, step }: NodeRun, waited: Seen | undefined): { seen: Seen; activity: NewActivity; isNew: boolean } => {
  const before = run.memory.seen(scope, node.identifier)
  const open = waited ?? before.find((seen) => seen.status === 'scheduled' || (isLoop(seen.type) && (seen.status === 'running' || seen.status === 'waiting')))
  const seen: Seen = open ?? {
    id: run.parts.newId(),
    nodeId: node.identifier,
    iteration: scope.iteration,
    type: node.config.type,
    status: 'running',
    attempt: before.reduce((most, { attempt: count }) => Math.max(most, count), 0) + 1,
    dueAt: null,
    waitsFor: null,
  }
  const { id, nodeId, attempt: count, iteration, type } = seen
  return { seen, activity: { id, nodeId, title: node.title ?? null, kind: step?.kind ?? 'step', type, attempt: count, iteration }, isNew: open === undefined }
}

/** The attempts that failed of themselves: those that a crash or a shutdown cut off do not count against `retry.maxAttempts`. */
const failures = ({ run, scope, node }: NodeRun): number => run.memory.seen(scope, node.identifier).filter((seen) => seen.status === 'failed').length

const close = (run: Advance, seen: Seen, status: 'completed' | 'failed' | 'cancelled'): void => {
  seen.status = status
  run.memory.open.delete(seen)
}

const runTrigger = async (at: NodeRun, seen: Seen, activity: NewActivity): Promise<WalkOutcome> => {
  const { run, scope, node } = at
  const outputs = run.memory.top.variables.inputs as Record<string, unknown>
  run.memory.learn(scope, node.identifier, outputs)
  await run.record([{ event: { type: 'activity.started', activity, stateName: node.stateName ?? node.identifier } }, await doneChange(at, activity.id, outputs)])
  close(run, seen, 'completed')
  run.memory.finish(scope, node.identifier, outputs)
  return { type: 'done' }
}

/** @param resume the activity run that waited, and what ended the wait */
export const runNode = async (run: Advance, scope: Scope, node: Node, signal: AbortSignal, resume?: { seen: Seen; wake: Wake }): Promise<WalkOutcome> => {
  const { parts, memory } = run
  const at: NodeRun = { run, scope, node, signal, step: parts.catalog.get(node.config.type) }
  for (let resumed = resume; ; resumed = undefined) {
    const { seen, activity, isNew } = activityFor(at, resumed?.seen)
    if (seen.status === 'scheduled' && seen.dueAt !== null && !(await sleepUntil(seen.dueAt, parts.now, signal))) return { type: 'aborted' }
    if (at.step?.kind === 'trigger') return runTrigger(at, seen, activity)

    const prepared = await prepareConfig(parts, memory, { scope, node, activityId: activity.id }).catch((error: unknown): Problem => toProblem(error))
    if (signal.aborted) return { type: 'aborted' }
    const config = prepared instanceof Problem ? {} : { config: prepared.shown, ...(prepared.links.length > 0 && { links: prepared.links }) }
    const started: Change = { event: { type: 'activity.started', activity, stateName: node.stateName ?? node.identifier, ...config } }
    // Who waited for a login had not begun.
    const login = resumed && seen.waitsFor === 'session' ? resumed.wake : null
    const wake = login ? undefined : resumed?.wake
    // What waited stays so until it has gone on: cut off in between, it is woken once more, and an answer counts all the same. A loop that was
    // under way when its worker died is recorded as running already.
    if (!wake && (isNew || seen.status !== 'running')) await run.record([started])
    if (isNew) memory.add(seen)
    if (!wake) seen.status = 'running'
    const browser = run.browser()
    const failed = prepared instanceof Problem ? prepared : login && loginProblem(run, seen, login)
    const result = prepared instanceof Problem || failed ? failedBefore(run, failed as Problem) : await tryLoggedIn(at, seen, activity, prepared, wake)

    if (result.type === 'failed' && result.problem.code === 'browser_crashed' && browser.isDead()) {
      const again = await afterBrowserDeath(at, seen, activity, browser)
      if (again) return again
    }
    // Workers get the config as it is.
    const sealedConfig = result.type === 'waiting' && isClaimed(result.wait) && !(prepared instanceof Problem) ? sealUnlessSame(parts.seal, prepared.filled, prepared.shown) : undefined
    const outcome = await afterAttempt(at, seen, activity, result, { before: wake ? [started] : [], sealedConfig })
    if (outcome !== 'again') return outcome
  }
}

/** @returns null when it has happened too often under this node: then it fails as anything fails */
const afterBrowserDeath = async ({ run, scope, node }: NodeRun, seen: Seen, activity: NewActivity, dead: RunBrowser): Promise<WalkOutcome | null> => {
  const { memory } = run
  const place = `${scope.iteration ?? ''}${node.identifier}`
  const deaths = memory.browserDeaths.get(place) ?? 0
  if (deaths === MAX_BROWSER_DEATHS) return null
  memory.browserDeaths.set(place, deaths + 1)
  const error = errorOf(problem('interrupted', 'The browser ended; the node is done again in another.'), node, activity)
  await run.record([{ event: { type: 'activity.cancelled', activityId: activity.id, error } }])
  close(run, seen, 'cancelled')
  await run.renewBrowser(dead)
  memory.rewind(scope)
  // Not finished, so the walk comes to it again.
  return { type: 'done' }
}

const redacted = ({ memory }: Advance, { code, message, details, cause, retryable }: Problem): Problem => {
  const { redactor } = memory.secrets
  return problem(code, redactor.redactText(message), { details: redactor.redact(details), cause, ...(retryable === undefined ? {} : { retryable }) })
}

const failedBefore = (run: Advance, found: Problem): AttemptResult => {
  if (found.code === 'internal') run.parts.onError(found.cause, run.runId)
  return { type: 'failed', problem: redacted(run, found) }
}

/** Why a run that was to be waited for cannot be started; anything else is no affair of the node's. */
const childFault = (error: unknown): Problem => {
  if (error instanceof Problem && error.code === 'step_failed') return error
  throw error
}

/** Why the login that a node has waited for does not help it; null when it does. */
const loginProblem = (run: Advance, seen: Seen, wake: Wake): Problem | null => {
  seen.waitsFor = null
  run.taken.reports.delete(seen.id)
  return wake.type === 'external' ? afterLogin(run.sessionStart, wake) : null
}

/** Tries, and again at once where somebody has logged in meanwhile. Where somebody must first, it waits. */
const tryLoggedIn = async (at: NodeRun, seen: Seen, activity: NewActivity, prepared: PreparedConfig, wake: Wake | undefined): Promise<AttemptResult> => {
  for (;;) {
    const result = await tryOnce(at, activity, prepared, wake)
    if (result.type !== 'login' || !at.run.sessionStart) return result
    const waits = await waitForSession(at.run, at.run.sessionStart, seen, result.why).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'login_failed') return error
      throw error
    })
    if (waits instanceof Problem) return failedBefore(at.run, waits)
    if (waits) return result
    if (at.signal.aborted) return { type: 'aborted' }
  }
}

const tryOnce = async ({ run, scope, node, signal }: NodeRun, activity: NewActivity, prepared: PreparedConfig, wake: Wake | undefined): Promise<AttemptResult> => {
  run.serve(activity.id)
  await run.tracer.beforeAttempt(activity.attempt)
  const result = await attempt(run.parts, run.memory, run.host, {
    runId: run.runId,
    node,
    scope,
    activityId: activity.id,
    config: prepared.config,
    browser: run.browser(),
    signal,
    ...(wake ? { wake } : {}),
  })
  await run.tracer.afterAttempt(activity.id)
  return result
}

const complete = async (at: NodeRun, seen: Seen, outputs: Record<string, unknown>, found?: Found): Promise<WalkOutcome> => {
  const { run, scope, node } = at
  run.memory.learn(scope, node.identifier, outputs)
  if (run.memory.definition.settings?.screenshots === 'every-step' && !isLoop(seen.type)) await failureScreenshot(run, scope.page, seen.id, `${node.identifier}.png`)
  await run.record([await doneChange(at, seen.id, outputs, found)])
  close(run, seen, 'completed')
  // Only now: another branch may walk on at any time, and what comes after would begin in a page that is still being read.
  run.memory.finish(scope, node.identifier, outputs)
  return { type: 'done' }
}

/** @returns `again` when there is to be another attempt */
const afterAttempt = async (at: NodeRun, seen: Seen, activity: NewActivity, result: AttemptResult, wait: WaitStart): Promise<WalkOutcome | 'again'> => {
  const { run, scope, node, signal } = at
  switch (result.type) {
    case 'aborted':
      return { type: 'aborted' }
    case 'completed':
      return complete(at, seen, result.outputs, result)
    case 'waiting': {
      const refused = await waitForNode(run, scope, node, seen, result.wait, wait).then(() => null, childFault)
      if (refused) return (await failNode(at, seen, activity, redacted(run, refused))) ?? 'again'
      seen.status = 'waiting'
      return { type: 'waiting', known: new Set() }
    }
    case 'login':
      seen.status = 'waiting'
      return { type: 'waiting', known: new Set() }
    case 'loop': {
      const ended = await runLoop(run, scope, node, result.loop, signal)
      if (ended.type === 'done') return complete(at, seen, ended.outputs)
      if (ended.type === 'broken') return (await failNode(at, seen, activity, redacted(run, ended.problem))) ?? 'again'
      if (ended.type === 'waiting') {
        await run.record([{ event: { type: 'activity.waiting', activityId: seen.id, dueAt: null, waitsFor: null } }])
        seen.status = 'waiting'
      }
      return ended
    }
    case 'ended': {
      if (result.how === 'no_action') {
        await run.record([await doneChange(at, activity.id, { reason: result.message })])
        close(run, seen, 'completed')
        return { type: 'no_action', reason: result.message }
      }
      const error = errorOf(problem('step_failed', result.message), node, activity)
      return { type: 'failed', error, before: [{ event: { type: 'activity.failed', activityId: activity.id, error } }] }
    }
    case 'failed':
      return (await failNode(at, seen, activity, result.problem)) ?? 'again'
  }
}

/** @returns null when there is another attempt; it has been scheduled */
const failNode = async (at: NodeRun, seen: Seen, activity: NewActivity, found: Problem): Promise<WalkOutcome | null> => {
  const { run, scope, node, signal } = at
  const { parts, memory } = run
  const screenshot = isLoop(activity.type) ? null : await failureScreenshot(run, scope.page, activity.id, `failure-${node.identifier}-${activity.attempt}.png`)
  const details = { ...(typeof found.details === 'object' ? found.details : {}), ...(screenshot ? { screenshotArtifactId: screenshot } : {}) }
  const error = errorOf(problem(found.code, found.message, Object.keys(details).length > 0 ? { details } : {}), node, activity)
  const failed = (outputs?: unknown): Change => ({ event: { type: 'activity.failed', activityId: activity.id, error, ...(outputs === undefined ? {} : { outputs }) } })
  if (signal.aborted) return { type: 'aborted' }

  const retry = node.retry ?? NO_RETRY
  const count = failures(at) + 1
  if (count < retry.maxAttempts && isRetryable(found) && !isLoop(activity.type)) {
    const wanted = (found.details as { retryAfterMs?: unknown } | undefined)?.retryAfterMs
    const delayMs = Math.max(retryDelayMs(count, retry, parts.random()), typeof wanted === 'number' ? Math.min(wanted, retry.maxBackoffMs) : 0)
    const dueAt = parts.now() + delayMs
    const next = { ...activity, id: parts.newId(), attempt: activity.attempt + 1 }
    await run.record([failed(), { event: { type: 'activity.scheduled', activity: next, dueAt } }])
    close(run, seen, 'failed')
    memory.add({ id: next.id, nodeId: node.identifier, iteration: scope.iteration, type: activity.type, status: 'scheduled', attempt: next.attempt, dueAt, waitsFor: null })
    // What led to the page that was thrown away is done before the next attempt is.
    return (await run.mendPage(found, scope.page)) && memory.rewind(scope) ? { type: 'done' } : null
  }
  if (goesOnAfterFailure(node)) {
    const outputs = { error: { code: error.code, message: error.message } }
    await run.record([failed(outputs)])
    close(run, seen, 'failed')
    await run.mendPage(found, scope.page)
    memory.finish(scope, node.identifier, outputs)
    return { type: 'done' }
  }
  return { type: 'failed', error, before: [failed()] }
}
