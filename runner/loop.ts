import type { Loop } from '../steps/lib/step.ts'
import type { Advance } from './advance.ts'
import { hear } from './arrivals.ts'
import { Problem, problem } from './model/problem.ts'
import { evaluateProgram } from './model/template.ts'
import type { Node } from './model/workflow.ts'
import { pendingInside } from './pending.ts'
import { iterationOf, type Scope } from './run-memory.ts'
import { sleep } from './sleep.ts'
import { createTabs } from './tabs.ts'
import type { WalkOutcome } from './walk.ts'

/** The rounds of a loop: each walks the body in a scope of its own, which is found again after a pause or a restart by its number. */

export type LoopOutcome =
  | { type: 'done'; outputs: Record<string, unknown> }
  /** The loop itself cannot go on, whatever its body does: it has failed as a node fails. */
  | { type: 'broken'; problem: Problem }
  | Exclude<WalkOutcome, { type: 'done' }>

type Round = WalkOutcome & { outputs?: Record<string, unknown> }

const runRound = async (run: Advance, scope: Scope, node: Node, loop: Loop, round: { index: number; item: unknown }, signal: AbortSignal): Promise<Round> => {
  const page = loop.concurrency > 1 ? `${scope.iteration ?? ''}${node.identifier}[${round.index}]` : scope.page
  const inner = run.memory.enter(scope, node, loop.body, { ...round, page })
  const outcome = await run.walk(inner, signal)
  if (outcome.type !== 'done') return outcome
  const own = createTabs(run.memory, inner)
    .all()
    .filter((tab) => tab !== scope.page)
  await Promise.all(own.map((tab) => run.browser().closeTab(tab)))
  return { ...outcome, outputs: inner.outputs }
}

/**
 * Holds the place of a round that waits while others of its loop work.
 * @param round its `iteration`
 * @param known what it knew when it began to wait
 * @returns whether something has come for it; else nothing works any more
 */
const holdPlace = async (run: Advance, round: string, known: ReadonlySet<string>, othersWork: () => boolean, signal: AbortSignal): Promise<boolean> => {
  const news = run.news.listen(signal)
  try {
    while (othersWork() && !signal.aborted) {
      await hear(run)
      const inside = pendingInside(run, round)
      if (inside.some(({ seen, wake }) => wake && !known.has(seen.id))) return true
      if (!othersWork()) return false
      const soonest = Math.min(...inside.filter(({ wake }) => !wake).map(({ dueAt }) => dueAt ?? Infinity)) - run.parts.now()
      const timer = new AbortController()
      const due = soonest === Infinity ? [] : [sleep(soonest, AbortSignal.any([timer.signal, signal]))]
      await Promise.race([news.next(), ...due])
      timer.abort()
    }
    return false
  } finally {
    news.end()
  }
}

const forEach = async (run: Advance, scope: Scope, node: Node, loop: Loop & { type: 'each' }, signal: AbortSignal): Promise<LoopOutcome> => {
  const ending = new AbortController()
  const stopped = AbortSignal.any([signal, ending.signal])
  let first: Exclude<WalkOutcome, { type: 'done' | 'waiting' }> | null = null
  let working = 0
  /** The rounds that wait, and what they knew when they began to. */
  const waiting = new Map<number, ReadonlySet<string>>()
  const outputs: Record<string, unknown>[] = []
  const hasBegun = (index: number): boolean => run.memory.hasBegun(scope, node, index)
  const indices = [...loop.items.keys()]
  const order = [...indices.filter(hasBegun), ...indices.filter((index) => !hasBegun(index))]
  let next = 0
  const one = async (index: number): Promise<void> => {
    const round = await runRound(run, scope, node, loop, { index, item: loop.items[index] }, stopped)
    if (round.type === 'done') outputs[index] = round.outputs ?? {}
    else if (round.type === 'waiting') waiting.set(index, round.known)
    else if (!first) {
      first = round
      ending.abort('sibling')
    }
  }
  /** Round after round. One that waits keeps its place: no other begins there. */
  const place = async (): Promise<void> => {
    for (let index = order[next]; index !== undefined; index = order[next]) {
      if (first || stopped.aborted || (!hasBegun(index) && waiting.size + working >= loop.concurrency)) return
      next++
      do {
        waiting.delete(index)
        working++
        await one(index).finally(() => working--)
        // Those that wait hold their places for as long as another works.
        if (waiting.size > 0) run.news.wake()
      } while (waiting.has(index) && (await holdPlace(run, iterationOf(scope, node, index), waiting.get(index)!, () => working > 0, stopped)))
    }
  }
  await Promise.all(Array.from({ length: loop.concurrency }, place))
  if (first) return first
  if (signal.aborted) return { type: 'aborted' }
  if (waiting.size > 0) return { type: 'waiting', known: new Set([...waiting.values()].flatMap((known) => [...known])) }
  return { type: 'done', outputs: { count: loop.items.length, items: outputs } }
}

/** Whether another round is to begin; what speaks against it, when the loop cannot go on. */
const holds = async (run: Advance, variables: Scope['variables'], loop: Loop & { type: 'while' }, index: number): Promise<boolean | Problem> => {
  try {
    if ((await evaluateProgram(loop.condition, variables, run.parts.jq.evaluateAll, 'config.condition')) !== true) return false
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  return index < loop.maxIterations || problem('step_failed', `The condition still held after ${loop.maxIterations} rounds.`, { retryable: false })
}

const whileTrue = async (run: Advance, scope: Scope, node: Node, loop: Loop & { type: 'while' }, signal: AbortSignal): Promise<LoopOutcome> => {
  const items: Record<string, unknown>[] = []
  let last: Record<string, unknown> = {}
  for (let index = 0; ; index++) {
    if (signal.aborted) return { type: 'aborted' }
    const variables = { ...scope.variables, outputs: { ...scope.variables.outputs, ...last }, index }
    // Asked once for each round: by now the condition may not hold any more, and what has begun would be left as it stands.
    const goesOn = run.memory.hasBegun(scope, node, index) || (await holds(run, variables, loop, index))
    if (goesOn instanceof Problem) return { type: 'broken', problem: goesOn }
    if (!goesOn) return { type: 'done', outputs: { count: index, items } }
    const round = await runRound(run, { ...scope, variables }, node, loop, { index, item: null }, signal)
    if (round.type !== 'done') return round
    last = { ...last, ...round.outputs }
    items.push(round.outputs ?? {})
  }
}

export const runLoop = (run: Advance, scope: Scope, node: Node, loop: Loop, signal: AbortSignal): Promise<LoopOutcome> =>
  loop.type === 'each' ? forEach(run, scope, node, loop, signal) : whileTrue(run, scope, node, loop, signal)
