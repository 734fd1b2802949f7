import { endRun } from '../db/end-run.ts'
import type { Change } from '../db/change.ts'
import type { Followers, News } from '../db/followers.ts'
import { pauseRun } from '../db/pause-run.ts'
import { loginSession } from '../db/sessions.ts'
import type { TakenRun } from '../db/take-run.ts'
import type { AttemptHost } from './attempt.ts'
import type { BrowserOfRun } from './browser-of-run.ts'
import type { AbortReason, Outcome } from './engine/engine.ts'
import { createHost } from './host.ts'
import type { RunError } from './model/event.ts'
import { Problem } from './model/problem.ts'
import { isLoop } from './model/node-kind.ts'
import type { Node } from './model/workflow.ts'
import type { Parts } from './parts.ts'
import type { SessionStart } from './session-start.ts'
import { pendingNodes, type Pending } from './pending.ts'
import { MAIN_TAB, type RunBrowser } from './run-browser.ts'
import type { RunMemory, Scope } from './run-memory.ts'
import { walk, type WalkOutcome } from './walk.ts'
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
  sessionStart: SessionStart | null
  /** Another browser in place of one that died, at the last checkpoint. */
  renewBrowser(dead: RunBrowser): Promise<void>
  /** Makes a tab's page usable again after a crash, or a script that does not end. @returns whether it took another page */
  mendPage(found: Problem, tab: string): Promise<boolean>
  /** The browser's state after a node, sealed, when it differs from the last checkpoint and the node does not ask to keep that. */
  checkpoint(node: Node, tab: string): Promise<Buffer | undefined>
  /** Says which activity run the browser works for. */
  serve(activityId: string): void
  record(changes: readonly Change[]): Promise<void>
  /** Tells those who walk when something may have come for what waits in their scopes. */
  news: { listen(signal: AbortSignal): News; wake(): void }
  /** The places of the nodes at work, in all scopes; a loop is at work where its rounds are. */
  working: Set<string>
  /** Walks the graph of a scope: the workflow's own, and that of each round of a loop. */
  walk(scope: Scope, signal: AbortSignal): Promise<WalkOutcome>
}

const end = async (run: Advance, how: Parameters<typeof endRun>[3], before: readonly Change[] = []): Promise<Outcome> => {
  const { db, followers, now } = run.parts
  await run.tracer.finish(how.type === 'run.failed')
  const { woken } = await endRun(db, followers, run.runId, how, { fence: run.taken.run.fence, at: now(), before })
  for (const runId of woken) run.parts.poke(runId)
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
  const { cancelReason } = await run.parts.log.run(run.runId)
  return end(run, { type: 'run.cancelled', error: runErrorOf('cancelled', cancelReason ?? 'The run was cancelled.') })
}

/** Closes the attempts that were cut off. A loop's goes on: what it runs has activity runs of its own. */
const interrupted = (run: Advance, message: string): Change[] =>
  [...run.memory.open]
    .filter((seen) => seen.status === 'running' && !isLoop(seen.type))
    .map((seen) => {
      seen.status = 'cancelled'
      run.memory.open.delete(seen)
      const error: RunError = { code: 'interrupted', message, stepId: seen.nodeId, activityRunId: seen.id, attempt: seen.attempt }
      return { event: { type: 'activity.cancelled', activityId: seen.id, error } }
    })

/**
 * @param seenBy what the walk knew when it stopped
 * @returns null when there is something to go on with after all
 */
const pause = async (run: Advance, pending: readonly Pending[], seenBy: ReadonlySet<string>): Promise<Outcome | null> => {
  // What has come for a node whose way there must be gone again first is no reason to go on, nor to be woken.
  const known = new Set(pending.filter(({ seen }) => seenBy.has(seen.id)).map(({ seen }) => seen.id))
  const due = pending.filter(({ seen }) => !known.has(seen.id)).map(({ dueAt }) => dueAt).filter((at): at is number => at !== null)
  const wakeAt = due.length > 0 ? Math.min(...due) : null
  const asks = pending.some((waiting) => waiting.asks)
  const { db, followers, now } = run.parts
  await run.tracer.pause()
  const event = { type: asks ? ('run.awaiting_input' as const) : ('run.awaiting_external' as const), wakeAt }
  const news = await pauseRun(db, followers, run.runId, event, { fence: run.taken.run.fence, at: now(), known })
  if (news) {
    Object.assign(run.taken, news)
    return null
  }
  return { type: 'wait', ...(wakeAt === null ? {} : { untilMs: wakeAt }) }
}

const settle = async (run: Advance, outcome: WalkOutcome): Promise<Outcome | null> => {
  switch (outcome.type) {
    case 'waiting':
      return pause(run, pendingNodes(run, null), outcome.known)
    case 'aborted':
      return stop(run)
    case 'no_action':
      return end(run, { type: 'run.completed_with_no_action_taken', reason: outcome.reason })
    case 'failed':
      return end(run, { type: 'run.failed', error: outcome.error }, outcome.before)
    case 'done': {
      const unsaved = await saveLogin(run)
      if (run.signal.aborted) return stop(run)
      return end(run, unsaved ? { type: 'run.failed', error: runErrorOf(unsaved.code, unsaved.message) } : { type: 'run.completed' })
    }
  }
}

/**
 * Saves what a LOGIN workflow has logged in to. Also when a crash came between the last node and this: the browser is brought back first.
 * @returns why it could not be saved; null when it is, or there is nothing to save
 */
const saveLogin = async (run: Advance): Promise<Problem | null> => {
  const session = loginSession(run.memory.definition)
  if (session === null || !(await run.browser().state(MAIN_TAB))) return null
  await run.browser().page(MAIN_TAB, run.signal)
  if (run.signal.aborted) return null
  return run.host.saveSession(session).then(
    () => null,
    (error: unknown) => {
      if (error instanceof Problem && error.code === 'step_failed') return error
      throw error
    },
  )
}

const go = async (run: Advance): Promise<Outcome> => {
  const cutOff = interrupted(run, 'The server stopped without warning; the node is done again.')
  if (cutOff.length > 0) await run.record(cutOff)
  if (run.taken.run.state === 'CANCELLING') return endCancelled(run)
  for (;;) {
    const outcome = await settle(run, await run.walk(run.memory.top, run.signal))
    if (outcome) return outcome
  }
}

/** Another worker has the run, it was cancelled, or it ended while this one worked: the store decides. */
const afterConflict = async (run: Advance, error: unknown): Promise<Outcome> => {
  if (!(error instanceof Problem) || error.code !== 'conflict') throw error
  const row = await run.parts.log.run(run.runId)
  if (row.fence !== run.taken.run.fence) return { type: 'finished' }
  if (row.state === 'CANCELLING') return endCancelled(run)
  if (row.completedAt !== null) return { type: 'finished' }
  throw error
}

const NODE_ENDS: ReadonlySet<string> = new Set(['activity.completed', 'activity.failed', 'activity.cancelled', 'activity.waiting'])

export const advanceRun = async (
  parts: Parts,
  taken: TakenRun,
  memory: RunMemory,
  { signal, browser, pokes }: { signal: AbortSignal; browser: BrowserOfRun; pokes: Followers },
): Promise<Outcome> => {
  const { id, fence } = taken.run
  const limitMs = memory.definition.settings?.runTimeoutMs ?? parts.limits.runTimeoutMs
  const deadline = new AbortController()
  const ending = new AbortController()
  const timer = setTimeout(() => deadline.abort('timeout' satisfies AbortReason), Math.max(0, limitMs - taken.run.activeMs))
  const record = async (changes: readonly Change[]): Promise<void> => {
    const { state } = await parts.log.record(id, changes, { fence, at: parts.now() })
    // Cancelled with leave to finish the node it was at: it has, or another is about to begin.
    if (state === 'CANCELLING' && changes.some(({ event }) => event.type === 'activity.started' || NODE_ENDS.has(event.type))) ending.abort('cancel' satisfies AbortReason)
  }
  const run: Advance = {
    parts,
    runId: id,
    taken,
    memory,
    signal: AbortSignal.any([signal, deadline.signal, ending.signal]),
    tracer: browser.tracer,
    host: createHost(parts, taken, memory, record, () => browser.current()),
    browser: () => browser.current(),
    sessionStart: browser.sessionStart,
    renewBrowser: (dead) => browser.renew(dead),
    mendPage: (found, tab) => browser.mend(found, tab, run.signal),
    checkpoint: async (node, tab) => (node.checkpoint === false ? undefined : browser.checkpoint(tab)),
    serve: (activityId) => browser.serve(activityId),
    record,
    news: { listen: (stopped) => pokes.listen(id, stopped), wake: () => pokes.wake(id) },
    working: new Set(),
    walk: (scope, stopped) => walk(run, scope, stopped),
  }
  try {
    return await go(run).catch((error: unknown) => afterConflict(run, error))
  } finally {
    clearTimeout(timer)
  }
}
