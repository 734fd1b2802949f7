import { setImmediate } from 'node:timers/promises'
import type { Change } from '../db/change.ts'
import type { Advance } from './advance.ts'
import { hear, heardNodes, tellQuestions } from './arrivals.ts'
import type { RunError } from './model/event.ts'
import { readyNodes } from './model/graph.ts'
import { isLoop } from './model/node-kind.ts'
import { runNode } from './node-run.ts'
import { knownOf, pendingBelow, pendingInside, type Pending } from './pending.ts'
import { placeOf, roundsOf, type Scope } from './run-memory.ts'
import { CLOCK_EVERY_MS, sleep } from './sleep.ts'
import { createTabs } from './tabs.ts'

/** Walks a graph from where it stands: every node that may execute does, branches side by side, until nothing is left to do. */

export type WalkOutcome =
  | { type: 'done' }
  /** Nothing goes on before somebody, or the clock, says so. `known`: the activity runs whose wait has ended, and that cannot go on with that yet. */
  | { type: 'waiting'; known: ReadonlySet<string> }
  /** The run was stopped, or another branch ended it. */
  | { type: 'aborted' }
  | { type: 'no_action'; reason: string }
  | { type: 'failed'; error: RunError; before: Change[] }

/** A timer that ends sooner than this is waited for with the browser open and the run executing. */
const SHORT_TIMER_MS = 5_000

/** @param signal stops the walk; its reason is an `AbortReason` */
export const walk = async (run: Advance, scope: Scope, signal: AbortSignal): Promise<WalkOutcome> => {
  const tabs = createTabs(run.memory, scope)
  const active = new Map<string, Promise<{ nodeId: string; outcome: WalkOutcome }>>()
  /** Loops in which nothing goes on at present, and what they knew then. */
  const loopsThatWait = new Map<string, ReadonlySet<string>>()
  const siblings = new AbortController()
  const stopped = AbortSignal.any([signal, siblings.signal])
  const news = run.news.listen(stopped)
  // What has come between the time that the run was taken and now was told to nobody.
  if (scope.iteration === null && [...run.memory.open].some(({ status }) => status === 'waiting')) run.news.wake()
  const next = () => news.next().then(() => 'arrival' as const)
  /** Kept until it has been heeded: what comes together with a node's end is not to be lost. */
  let arrival = next()
  const start = (nodeId: string, resume?: Parameters<typeof runNode>[4]): void => {
    const node = scope.graph.nodes.get(nodeId)!
    const page = tabs.assign(nodeId)
    const place = placeOf(scope.iteration, nodeId)
    if (!isLoop(node.config.type)) run.working.add(place)
    active.set(
      nodeId,
      runNode(run, { ...scope, page }, node, stopped, resume)
        .finally(() => run.working.delete(place))
        .then((outcome) => ({ nodeId, outcome })),
    )
  }
  /** Ends the other branches: whatever they were at is closed with the run. */
  const stopOthers = async (): Promise<void> => {
    siblings.abort('sibling')
    await Promise.allSettled(active.values())
  }

  try {
    for (;;) {
      // Steps that wait for nothing, over a store that is synchronous underneath, would keep everybody else waiting: cancels and streams, too.
      await setImmediate()
      if (signal.aborted) {
        await Promise.allSettled(active.values())
        return { type: 'aborted' }
      }
      const ready = readyNodes(scope.graph, scope.trigger, scope.finished)
      // What led to it may have to be done again first, where a browser without a checkpoint is lost.
      const canGoOn = ({ seen }: Pending): boolean => ready.includes(seen.nodeId) && !active.has(seen.nodeId)
      const pending = await heardNodes(run, scope, canGoOn)
      const inside = [...loopsThatWait.keys()].map((loop) => ({ loop, all: pendingInside(run, roundsOf(scope, loop)) }))
      for (const { loop, all } of inside) if (all.some(({ seen, wake }) => wake && !loopsThatWait.get(loop)!.has(seen.id))) loopsThatWait.delete(loop)
      const waiting = new Set(pending.map(({ seen }) => seen.nodeId))
      for (const one of pending) if (one.wake && canGoOn(one)) start(one.seen.nodeId, { seen: one.seen, wake: one.wake })
      for (const nodeId of ready) if (!waiting.has(nodeId) && !active.has(nodeId) && !loopsThatWait.has(nodeId)) start(nodeId)

      const soonest = Math.min(...[...pending, ...inside.flatMap(({ all }) => all)].filter(({ wake }) => !wake).map(({ dueAt }) => dueAt ?? Infinity)) - run.parts.now()
      if (active.size === 0) {
        if (pending.length === 0 && loopsThatWait.size === 0) return { type: 'done' }
        const allTimers = pending.every(({ asks }) => !asks) && loopsThatWait.size === 0
        // Of all that is in and below it: what has come for a node whose way there must be gone again first is known, too, and brings nobody back.
        if (!allTimers || soonest > SHORT_TIMER_MS) return { type: 'waiting', known: knownOf(pendingBelow(run, scope)) }
      } else await tellQuestions(run)
      const timer = new AbortController()
      const due = soonest === Infinity ? [] : [sleep(Math.min(soonest, CLOCK_EVERY_MS), AbortSignal.any([timer.signal, stopped])).then(() => null)]
      const first = await Promise.race([...active.values(), ...due, arrival])
      timer.abort()
      if (first === 'arrival') {
        arrival = next()
        await hear(run)
      }
      if (!first || first === 'arrival') continue
      active.delete(first.nodeId)
      const { outcome } = first
      if (outcome.type === 'done') continue
      if (outcome.type === 'waiting') {
        if (isLoop(scope.graph.nodes.get(first.nodeId)!.config.type)) loopsThatWait.set(first.nodeId, outcome.known)
        continue
      }
      await stopOthers()
      return outcome
    }
  } catch (error) {
    await stopOthers()
    throw error
  } finally {
    news.end()
  }
}
