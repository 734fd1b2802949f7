import { endRun } from '../db/end-run.ts'
import type { Change } from '../db/event-log.ts'
import { pauseRun } from '../db/pause-run.ts'
import type { TakenRun } from '../db/take-run.ts'
import type { Wait, Wake } from '../steps/lib/step.ts'
import type { AttemptHost } from './attempt.ts'
import type { AbortReason, Outcome } from './engine/engine.ts'
import type { BrowserOfRun } from './browser-of-run.ts'
import { createHost } from './host.ts'
import type { NewActivity, RunError } from './model/event.ts'
import { readyNodes } from './model/graph.ts'
import { Problem } from './model/problem.ts'
import type { Node } from './model/workflow.ts'
import { runNode, type NodeOutcome } from './node-run.ts'
import type { Parts } from './parts.ts'
import { pauseForInput } from './pause.ts'
import type { RunBrowser } from './run-browser.ts'
import type { RunMemory } from './run-memory.ts'
import { sleep } from './sleep.ts'
import type { Tracer } from './trace.ts'

/**
 * One run, from its checkpoint until it ends or must wait. Where it stands is derived from the activity runs that are done; everything that
 * happens is recorded before the next thing begins, under the fence that the run was taken with.
 */
export type Advance = {
  parts: Parts
  runId: string
  taken: TakenRun
  memory: RunMemory
  /** Aborts when the run is stopped or out of time; its reason is an `AbortReason`. */
  signal: AbortSignal
  host: AttemptHost
  tracer: Tracer
  browser(): RunBrowser
  /** Another browser in place of one that died, at the last checkpoint. */
  renewBrowser(): Promise<void>
  /** Makes the page usable again after a crash, or a script that does not end. @returns whether it took another page */
  mendPage(found: Problem): Promise<boolean>
  /** The browser's state after a node, sealed, when it differs from the last checkpoint and the node does not ask to keep that. */
  checkpoint(node: Node): Promise<Buffer | undefined>
  record(changes: readonly Change[]): Promise<void>
  wait(activity: NewActivity, node: Node, wait: Wait): Promise<void>
}

/** A timer that ends sooner than this is waited for with the browser open and the run executing. */
const SHORT_TIMER_MS = 5_000

type Pending = { activityId: string; node: Node; wake: Wake | null; dueAt: number | null; asks: boolean }

/** What the waiting nodes wait for, and which of them can go on now. */
const pendingNodes = (run: Advance): Pending[] =>
  run.memory.activities
    .filter((seen) => seen.status === 'waiting')
    .map((seen) => {
      const node = run.memory.graph.nodes.get(seen.nodeId)!
      const request = run.taken.inputRequests.find((asked) => asked.activityRunId === seen.id)
      const now = run.parts.now()
      if (!request) return { activityId: seen.id, node, wake: seen.dueAt !== null && seen.dueAt <= now ? { type: 'timer' } : null, dueAt: seen.dueAt, asks: false }
      const wake: Wake | null =
        request.status === 'answered'
          ? {
              type: 'answer',
              values: request.sealedValues ? run.parts.seal.unseal(request.sealedValues) : (request.values ?? {}),
              button: request.button,
              comments: request.comments,
              submittedBy: request.answeredBy,
              submittedAt: new Date(request.answeredAt ?? now).toISOString(),
            }
          : request.expiresAt <= now || request.status === 'expired'
            ? { type: 'expired' }
            : null
      return { activityId: seen.id, node, wake, dueAt: request.expiresAt, asks: true }
    })

const end = async (run: Advance, how: Parameters<typeof endRun>[3], before: readonly Change[] = []): Promise<Outcome> => {
  const { db, followers, now } = run.parts
  await run.tracer.finish(how.type === 'run.failed')
  await endRun(db, followers, run.runId, how, { fence: run.taken.run.fence, at: now(), before })
  return { type: 'finished' }
}

const runErrorOf = (code: string, message: string): RunError => ({ code, message, stepId: null, activityRunId: null, attempt: null })

/** What is to be said when the run is stopped from outside. */
const stop = async (run: Advance): Promise<Outcome> => {
  const reason = run.signal.reason as AbortReason
  if (reason === 'lost') return { type: 'finished' }
  if (reason === 'timeout') {
    const ms = run.memory.definition.settings?.runTimeoutMs ?? run.parts.limits.runTimeoutMs
    return end(run, { type: 'run.failed', error: runErrorOf('run_timeout', `The run did not end within ${ms} ms.`) }, interrupted(run, 'The run was out of time.'))
  }
  if (reason === 'shutdown') {
    await run.tracer.pause()
    await run.record([...interrupted(run, 'The server shut down; the node is done again after its next start.'), { event: { type: 'run.handed_back', reason: 'shutdown' } }])
    return { type: 'wait' }
  }
  return endCancelled(run)
}

const endCancelled = async (run: Advance): Promise<Outcome> => {
  const { cancelReason } = await currentRun(run)
  return end(run, { type: 'run.cancelled', error: runErrorOf('cancelled', cancelReason ?? 'The run was cancelled.') })
}

/** The store's word on the run: who asked for its cancelling wrote it there. */
const currentRun = async (run: Advance) => run.parts.log.run(run.runId)

/** Closes the attempts that were cut off. */
const interrupted = (run: Advance, message: string): Change[] =>
  run.memory.activities
    .filter((seen) => seen.status === 'running')
    .map((seen) => {
      seen.status = 'cancelled'
      const error: RunError = { code: 'interrupted', message, stepId: seen.nodeId, activityRunId: seen.id, attempt: seen.attempt }
      return { event: { type: 'activity.cancelled', activityId: seen.id, error } }
    })

/** @returns null when there is something to go on with after all */
const pause = async (run: Advance, pending: readonly Pending[]): Promise<Outcome | null> => {
  const due = pending.map(({ dueAt }) => dueAt).filter((at): at is number => at !== null)
  const wakeAt = due.length > 0 ? Math.min(...due) : null
  const asks = pending.some((waiting) => waiting.asks)
  const { db, followers, now } = run.parts
  await run.tracer.pause()
  const event = { type: asks ? ('run.awaiting_input' as const) : ('run.awaiting_external' as const), wakeAt }
  const answered = await pauseRun(db, followers, run.runId, event, { fence: run.taken.run.fence, at: now() })
  if (answered.length > 0) {
    const ids = new Set(answered.map(({ id }) => id))
    run.taken.inputRequests = [...run.taken.inputRequests.filter(({ id }) => !ids.has(id)), ...answered]
    return null
  }
  return { type: 'wait', ...(wakeAt === null ? {} : { untilMs: wakeAt }) }
}

const afterNode = async (run: Advance, outcome: NodeOutcome): Promise<Outcome | null> => {
  switch (outcome.type) {
    case 'done':
    case 'waiting':
      return null
    case 'aborted':
      return stop(run)
    case 'no_action':
      return end(run, { type: 'run.completed_with_no_action_taken', reason: outcome.reason })
    case 'failed':
      return end(run, { type: 'run.failed', error: outcome.error }, outcome.before)
  }
}

/** Also when a crash came between the last node and this: the browser is brought back first. */
const saveLogin = async (run: Advance): Promise<void> => {
  const { settings, identifier } = run.memory.definition
  if (!(await run.browser().state())) return
  await run.browser().page(run.signal)
  if (!run.signal.aborted) await run.host.saveSession(settings?.session ?? identifier)
}

const go = async (run: Advance): Promise<Outcome> => {
  const { memory, signal, parts } = run
  const cutOff = interrupted(run, 'The server stopped without warning; the node is done again.')
  if (cutOff.length > 0) await run.record(cutOff)
  if (run.taken.run.state === 'CANCELLING') return endCancelled(run)
  for (;;) {
    if (signal.aborted) return stop(run)
    const pending = pendingNodes(run)
    const woken = pending.find(({ wake }) => wake !== null)
    if (woken) {
      const request = run.taken.inputRequests.find((asked) => asked.activityRunId === woken.activityId)
      if (request?.status === 'pending') {
        await run.record([{ event: { type: 'input.expired', requestId: request.id } }])
        request.status = 'expired'
      }
      const outcome = await afterNode(run, await runNode(run, woken.node, { activityId: woken.activityId, wake: woken.wake! }))
      if (outcome) return outcome
      continue
    }
    const waiting = new Set(pending.map(({ node }) => node.identifier))
    const [next] = readyNodes(memory.graph, run.taken.run.trigger, memory.finished).filter((id) => !waiting.has(id))
    if (next !== undefined) {
      const outcome = await afterNode(run, await runNode(run, memory.graph.nodes.get(next)!))
      if (outcome) return outcome
      continue
    }
    if (pending.length === 0) {
      if (memory.definition.type === 'LOGIN') await saveLogin(run)
      if (signal.aborted) continue
      return end(run, { type: 'run.completed' })
    }
    const soonest = Math.min(...pending.map(({ dueAt }) => dueAt ?? Infinity)) - parts.now()
    if (soonest <= SHORT_TIMER_MS && pending.every(({ asks }) => !asks)) await sleep(soonest, signal)
    else {
      const outcome = await pause(run, pending)
      if (outcome) return outcome
    }
  }
}

/** Another worker has the run, it was cancelled, or it ended while this one worked: the store decides. */
const afterConflict = async (run: Advance, error: unknown): Promise<Outcome> => {
  if (!(error instanceof Problem) || error.code !== 'conflict') throw error
  const row = await currentRun(run)
  if (row.fence !== run.taken.run.fence) return { type: 'finished' }
  if (row.state === 'CANCELLING') return endCancelled(run)
  if (row.completedAt !== null) return { type: 'finished' }
  throw error
}

export const advanceRun = async (
  parts: Parts,
  taken: TakenRun,
  memory: RunMemory,
  { signal, browser }: { signal: AbortSignal; browser: BrowserOfRun },
): Promise<Outcome> => {
  const { id, fence } = taken.run
  const limitMs = memory.definition.settings?.runTimeoutMs ?? parts.limits.runTimeoutMs
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort('timeout' satisfies AbortReason), Math.max(0, limitMs - taken.run.activeMs))
  const record = async (changes: readonly Change[]): Promise<void> => {
    await parts.log.record(id, changes, { fence, at: parts.now() })
  }
  const run: Advance = {
    parts,
    runId: id,
    taken,
    memory,
    signal: AbortSignal.any([signal, deadline.signal]),
    tracer: browser.tracer,
    host: createHost(parts, taken, record, () => browser.current()),
    browser: () => browser.current(),
    renewBrowser: () => browser.renew(),
    mendPage: (found) => browser.mend(found, run.signal),
    checkpoint: async (node) => (node.checkpoint === false ? undefined : browser.checkpoint()),
    record,
    wait: async (activity, node, wait) => {
      if (wait.type === 'input') return pauseForInput(run, activity, node, wait)
      await record([{ event: { type: 'activity.waiting', activityId: activity.id, dueAt: wait.until.getTime() }, checkpoint: await run.checkpoint(node) }])
    },
  }
  try {
    return await go(run).catch((error: unknown) => afterConflict(run, error))
  } finally {
    clearTimeout(timer)
  }
}
