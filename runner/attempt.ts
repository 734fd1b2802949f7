import { setImmediate } from 'node:timers/promises'
import type { Json, Loop, Step, StepContext, StepResult, Wait, Wake } from '../steps/lib/step.ts'
import { stepProblem } from '../steps/lib/playwright-error.ts'
import type { Change } from '../db/change.ts'
import { masksOf } from './failure-screenshot.ts'
import { joinSignals } from './join-signals.ts'
import type { Artifact } from './model/artifact.ts'
import type { RunEvent } from './model/event.ts'
import { timeOfId, toActivityIdentifier, toRunIdentifier } from './model/id.ts'
import { Problem, problem, toProblem } from './model/problem.ts'
import { isRetryable } from './model/retry.ts'
import { collectSecretValues } from './model/secret-paths.ts'
import { evaluateProgram, evaluateTemplates, type Variables } from './model/template.ts'
import type { Node } from './model/workflow.ts'
import type { Parts } from './parts.ts'
import type { RunBrowser } from './run-browser.ts'
import type { RunMemory, Scope } from './run-memory.ts'
import { isLoginNeeded } from './session-start.ts'
import { createStepClock } from './step-clock.ts'

/** One attempt at one node: templates, the step with its time limit, variables, redaction. It decides nothing about what comes after. */

export type AttemptResult =
  | { type: 'completed'; outputs: Record<string, unknown>; matchedTarget: number | undefined; links: string[] }
  | { type: 'waiting'; wait: Wait }
  | { type: 'loop'; loop: Loop }
  /** Somebody must log in to the run's session first. */
  | { type: 'login'; why: string }
  | { type: 'ended'; how: 'failed' | 'no_action'; message: string }
  | { type: 'failed'; problem: Problem }
  /** The run was stopped; `signal.reason` says why. */
  | { type: 'aborted' }

/** What an attempt may do to its run. */
export type AttemptHost = {
  /** Records something about the run, after what was recorded before. */
  record(event: RunEvent): Promise<void>
  saveArtifact(activityId: string, file: Parameters<StepContext['saveArtifact']>[0]): Promise<Artifact>
  readArtifact: StepContext['readArtifact']
  saveSession(name: string): Promise<void>
  startRun: StepContext['startRun']
  upsertEntity: StepContext['upsertEntity']
  sign: StepContext['sign']
  /** Starts a run that a node waits for, together with the event that says that it does. */
  startChild(waiting: readonly Change[], activityId: string, workflow: string, inputs: Record<string, unknown>): Promise<void>
}

/** A config as the step gets it, with its defaults; as it was written, filled in; and as that may be shown. With the node's links, as far as they are known. */
export type PreparedConfig = { config: unknown; filled: unknown; shown: unknown; links: string[] }

/** A step that does not heed its signal is left to itself after this; the closing of its page ends it. */
const GRACE_MS = 1_000
const MAX_LINK = 2_000
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const stepOf = (parts: Parts, type: string): Step => {
  const step = parts.catalog.get(type)
  if (!step) throw problem('validation_failed', `There is no step type ${type}.`)
  return step
}

type At = { scope: Scope; node: Node; activityId: string }

/** What templates of a node see: what its scope knows, and, under Port's name, the activity run that it is. */
const variablesAt = ({ scope, activityId }: Pick<At, 'scope' | 'activityId'>): Variables => ({
  ...scope.variables,
  workflowNodeRun: { id: activityId, identifier: toActivityIdentifier(activityId), createdAt: new Date(timeOfId(activityId)).toISOString() },
})

/**
 * The node's config with its templates filled in.
 * @throws Problem `template_error`, or `validation_failed` with all faults when the step's schema refuses what the templates gave
 */
export const prepareConfig = async (parts: Parts, memory: RunMemory, { scope, node, activityId }: At): Promise<PreparedConfig> => {
  const step = stepOf(parts, node.config.type)
  const { type: _type, ...written } = node.config
  const kept = Object.fromEntries((step.asWritten ?? []).filter((name) => name in written).map((name) => [name, written[name]]))
  const templates = Object.fromEntries(Object.entries(written).filter(([name]) => !(name in kept)))
  const { value, redacted } = await evaluateTemplates(templates, variablesAt({ scope, activityId }), parts.jq.evaluateAll, { path: 'config', secrets: memory.secrets.paths })
  const filled = { ...(value as object), ...kept }
  const parsed = step.config.safeParse(filled)
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => ({ path: ['config', ...issue.path].join('.'), code: issue.code, message: issue.message }))
    throw problem('validation_failed', `The step's config is not valid: ${faults.map(({ path, message }) => `${path}: ${message}`).join('; ')}`, { details: { faults } })
  }
  return { config: parsed.data, filled, shown: memory.secrets.redactor.redact({ ...(redacted as object), ...kept }), links: await linksOf(parts, memory, { scope, node, activityId }) }
}

const NAMES_RESPONSE = /\.(?:response|result)\b/

/** The node's links as they may be shown; before there is an output, those that do without. One that fails, or gives no text, is left out: it is for people, and stops nothing. */
const linksOf = async (parts: Parts, memory: RunMemory, at: At, output?: { response: unknown }): Promise<string[]> => {
  const wanted = (at.node.links ?? []).filter((link) => output !== undefined || !NAMES_RESPONSE.test(link))
  const variables = { ...variablesAt(at), ...(output && { ...output, result: output }) }
  const evaluated = wanted.map((link) => evaluateTemplates(link, variables, parts.jq.evaluateAll, { path: 'links', secrets: memory.secrets.paths }).then(({ redacted }) => redacted, () => null))
  const links = memory.secrets.redactor.redact(await Promise.all(evaluated)) as unknown[]
  return links.filter((link): link is string => typeof link === 'string' && link.trim() !== '' && link.length <= MAX_LINK)
}

const rawOf = (output: Json | undefined): Record<string, unknown> => (output === undefined || output === null ? {} : isObject(output) ? output : { value: output })

/** A web call's output is {response: …}; `.response.data` means its data, as in Port. */
const responseOf = (raw: Record<string, unknown>): unknown => (isObject(raw.response) && Object.keys(raw).length === 1 ? raw.response : raw)

/** What later nodes see of a node: its output, or what its `variables` make of it. */
const mapOutputs = async (parts: Parts, memory: RunMemory, { scope, node, activityId }: At, raw: Record<string, unknown>): Promise<Record<string, unknown>> => {
  if (!node.variables || Object.keys(node.variables).length === 0) return raw
  const response = responseOf(raw)
  const variables = { ...variablesAt({ scope, activityId }), response, result: { response } }
  const { value } = await evaluateTemplates(node.variables, variables, parts.jq.evaluateAll, { path: 'variables', secrets: memory.secrets.paths })
  return value as Record<string, unknown>
}

/** Settles when `signal` aborts, and a little later when `graceMs` is given: time for the step to clean up after itself. */
const aborted = (signal: AbortSignal, graceMs: () => number): Promise<'aborted'> =>
  new Promise((resolve) => {
    const finish = (): void => void setTimeout(() => resolve('aborted'), graceMs())
    if (signal.aborted) finish()
    else signal.addEventListener('abort', finish, { once: true })
  })

type AttemptInput = {
  runId: string
  scope: Scope
  node: Node
  activityId: string
  config: unknown
  browser: RunBrowser
  /** Aborts with the run. */
  signal: AbortSignal
  wake?: Wake
}

export const attempt = async (parts: Parts, memory: RunMemory, host: AttemptHost, input: AttemptInput): Promise<AttemptResult> => {
  const { runId, scope, node, activityId, config, browser, signal, wake } = input
  // Stopped just as it began: a step that asks for nothing first would do its work all the same.
  if (signal.aborted) return { type: 'aborted' }
  const tab = scope.page
  const step = stepOf(parts, node.config.type)
  const timeoutMs = node.timeoutMs ?? memory.definition.settings?.stepTimeoutMs ?? parts.limits.stepTimeoutMs
  const watchdog = new AbortController()
  const clock = createStepClock(timeoutMs, () => watchdog.abort())
  using stopping = joinSignals([signal, watchdog.signal])
  const stopped = stopping.signal
  // Asked for anew each time: a branch beside this one, or the answer that it goes on with, may hold a secret that nobody knew before.
  const { secrets } = memory
  let matchedTarget: number | undefined
  let writes: Promise<unknown> = Promise.resolve()
  const later = (event: RunEvent): void => {
    writes = writes.then(() => host.record(event))
    // Told at the end of the attempt, where it is awaited.
    writes.catch(() => undefined)
  }

  const context: StepContext = {
    page: async () => {
      const open = () => browser.page(tab, signal)
      // What it takes to open the browser, and to see whether it is logged in, is not the step's time.
      const page = await (browser.current(tab) ? open() : clock.without(open()))
      page.setDefaultTimeout(timeoutMs)
      return page
    },
    switchTo: (page) => browser.switchTo(tab, page),
    signal: stopped,
    timeoutMs,
    remainingMs: clock.remainingMs,
    now: () => new Date(parts.now()),
    saveArtifact: (file) => host.saveArtifact(activityId, { ...file, name: secrets.redactor.redactText(file.name) }),
    readArtifact: (id) => host.readArtifact(id),
    saveSession: (name) => host.saveSession(name),
    ids: { workflowRunId: toRunIdentifier(runId), nodeRunId: toActivityIdentifier(activityId) },
    startRun: (workflow, given) => host.startRun(workflow, given),
    sign: (text) => host.sign(text),
    // Entities are there for all to see.
    upsertEntity: (blueprint, entity) => host.upsertEntity(blueprint, secrets.redactor.redact(entity) as typeof entity),
    log: (level, message, tags = {}) =>
      later({ type: 'log', activityId, level, message: secrets.redactor.redactText(message), tags: secrets.redactor.redact(tags) as Record<string, string> }),
    thinking: (text) => later({ type: 'thinking', activityId, text: secrets.redactor.redactText(text) }),
    matchedTarget: (index) => {
      matchedTarget = index
    },
    isSecret: (text) => secrets.redactor.isSecret(text),
    shown: (value) => secrets.redactor.redact(value) as typeof value,
    maskField: (field) => void browser.masks.push(field),
    masks: () => masksOf(browser, secrets),
    answerNextDialog: (answer) => browser.answerNextDialog(answer),
    jq: (program, path) => evaluateProgram(program, variablesAt(input), parts.jq.evaluateAll, `config.${path}`),
    fetch: parts.fetch,
    publish: (message) => parts.publisher.publish(message, { signal: stopped, timeoutMs: context.remainingMs() }),
  }

  const run = async (): Promise<StepResult> => {
    if (!wake) return step.run(context, config)
    if (wake.type === 'answer') secrets.learn(collectSecretValues(node.config.userInputs, wake.values))
    if (!step.resume) throw problem('internal', `${node.config.type} waits, but cannot go on.`)
    return step.resume(context, config, wake)
  }

  try {
    const working = run()
    working.catch(() => undefined)
    const graceMs = () => (signal.reason === 'force_cancel' || watchdog.signal.aborted ? 0 : GRACE_MS)
    const result = await Promise.race([working, aborted(stopped, graceMs)])
    if (signal.aborted) return { type: 'aborted' }
    if (result === 'aborted') throw problem('step_timeout', `The step did not end within ${timeoutMs} ms.`)
    await writes
    if (result.type === 'wait') return { type: 'waiting', wait: result.wait }
    if (result.type === 'loop') return { type: 'loop', loop: result.loop }
    if (result.type === 'end') return { type: 'ended', how: result.how, message: secrets.redactor.redactText(result.message) }
    const raw = rawOf(result.output)
    const outputs = await mapOutputs(parts, memory, input, raw)
    return { type: 'completed', outputs, matchedTarget, links: await linksOf(parts, memory, input, { response: responseOf(raw) }) }
  } catch (error) {
    if (signal.aborted) return { type: 'aborted' }
    await writes.catch(() => undefined)
    if (isLoginNeeded(error)) return { type: 'login', why: secrets.redactor.redactText(error.message) }
    // A page closes a moment before it is known that all of Chromium has gone.
    await setImmediate()
    return { type: 'failed', problem: shownProblem(error, input, memory, { timedOut: watchdog.signal.aborted, timeoutMs }, parts) }
  } finally {
    clock.stop()
  }
}

/** The problem as it may be stored and shown. */
const shownProblem = (
  error: unknown,
  { config, browser, scope, runId }: AttemptInput,
  memory: RunMemory,
  { timedOut, timeoutMs }: { timedOut: boolean; timeoutMs: number },
  parts: Parts,
): Problem => {
  let found: Problem
  // What another attempt cannot help is not the browser's fault.
  const lost = browser.isDead() && (!(error instanceof Problem) || isRetryable(error))
  try {
    found = lost ? problem('browser_crashed', 'The browser ended while the step ran.') : stepProblem(error, { config, page: browser.current(scope.page) })
  } catch (thrown) {
    // An abort that is not the run's can only be the watchdog's.
    found = timedOut ? problem('step_timeout', `The step did not end within ${timeoutMs} ms.`) : toProblem(thrown)
  }
  if (found.code === 'internal') parts.onError(found.cause ?? error, runId)
  const { redactor } = memory.secrets
  return problem(found.code, redactor.redactText(found.message), {
    details: redactor.redact(found.details),
    ...(found.retryable === undefined ? {} : { retryable: found.retryable }),
    cause: found.cause,
  })
}
