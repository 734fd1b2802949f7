import pLimit from 'p-limit'
import type { Loop } from '../steps/lib/step.ts'
import type { Advance } from './advance.ts'
import { Problem, problem } from './model/problem.ts'
import { evaluateProgram } from './model/template.ts'
import type { Node } from './model/workflow.ts'
import type { Scope } from './run-memory.ts'
import type { WalkOutcome } from './walk.ts'

/** The rounds of a loop: each walks the body in a scope of its own, which is found again after a pause or a restart by its number. */

export type LoopOutcome =
  | { type: 'done'; outputs: Record<string, unknown> }
  /** The loop itself cannot go on, whatever its body does: it has failed as a node fails. */
  | { type: 'broken'; problem: Problem }
  | Exclude<WalkOutcome, { type: 'done' }>

type Round = WalkOutcome & { outputs?: Record<string, unknown> }

const runRound = async (run: Advance, scope: Scope, node: Node, loop: Loop, round: { index: number; item: unknown }, signal: AbortSignal): Promise<Round> => {
  const own = loop.concurrency > 1
  const page = own ? `${scope.iteration ?? ''}${node.identifier}[${round.index}]` : scope.page
  const inner = run.memory.enter(scope, node, loop.body, { ...round, page })
  const outcome = await run.walk(inner, signal)
  if (own && outcome.type === 'done') await run.browser().closeTab(page)
  return outcome.type === 'done' ? { ...outcome, outputs: inner.outputs } : outcome
}

const forEach = async (run: Advance, scope: Scope, node: Node, loop: Loop & { type: 'each' }, signal: AbortSignal): Promise<LoopOutcome> => {
  const limit = pLimit(loop.concurrency)
  const ending = new AbortController()
  const stopped = AbortSignal.any([signal, ending.signal])
  let first: Exclude<WalkOutcome, { type: 'done' | 'waiting' }> | null = null
  let waits = false
  const outputs: Record<string, unknown>[] = []
  const one = async (item: unknown, index: number): Promise<void> => {
    if (first || stopped.aborted || (waits && loop.concurrency === 1)) return
    const round = await runRound(run, scope, node, loop, { index, item }, stopped)
    if (round.type === 'done') outputs[index] = round.outputs ?? {}
    else if (round.type === 'waiting') waits = true
    else if (!first) {
      first = round
      ending.abort('sibling')
    }
  }
  await Promise.all(loop.items.map((item, index) => limit(() => one(item, index))))
  if (first) return first
  if (signal.aborted) return { type: 'aborted' }
  if (waits) return { type: 'waiting' }
  return { type: 'done', outputs: { count: loop.items.length, items: outputs } }
}

const whileTrue = async (run: Advance, scope: Scope, node: Node, loop: Loop & { type: 'while' }, signal: AbortSignal): Promise<LoopOutcome> => {
  const items: Record<string, unknown>[] = []
  let last: Record<string, unknown> = {}
  for (let index = 0; ; index++) {
    if (signal.aborted) return { type: 'aborted' }
    const variables = { ...scope.variables, outputs: { ...scope.variables.outputs, ...last }, index }
    try {
      if ((await evaluateProgram(loop.condition, variables, run.parts.jq.evaluateAll, 'config.condition')) !== true) return { type: 'done', outputs: { count: index, items } }
    } catch (error) {
      if (error instanceof Problem) return { type: 'broken', problem: error }
      throw error
    }
    if (index >= loop.maxIterations)
      return { type: 'broken', problem: problem('step_failed', `The condition still held after ${loop.maxIterations} rounds.`, { retryable: false }) }
    const round = await runRound(run, { ...scope, variables }, node, loop, { index, item: null }, signal)
    if (round.type !== 'done') return round
    last = { ...last, ...round.outputs }
    items.push(round.outputs ?? {})
  }
}

export const runLoop = (run: Advance, scope: Scope, node: Node, loop: Loop, signal: AbortSignal): Promise<LoopOutcome> =>
  loop.type === 'each' ? forEach(run, scope, node, loop, signal) : whileTrue(run, scope, node, loop, signal)
