import type { ActivityStatus } from '../runner/model/activity.ts'
import { isTaken, type Edge, type Graph } from '../runner/model/graph.ts'
import type { ActivityRunJson } from '../server/wire.ts'

/** What has become of a node: its last attempt, and how often it was tried or gone round. */
export type NodeProgress = { status: ActivityStatus; attempts: number; rounds: number; startedAt: string | null; completedAt: string | null }

/** By node; those of loops stand for all rounds. */
export const progressOf = (activityRuns: readonly ActivityRunJson[]): Map<string, NodeProgress> => {
  const found = new Map<string, NodeProgress>()
  const loops = new Map<string, Set<string>>()
  for (const { stepId, status, attempt, iteration, startedAt, completedAt } of activityRuns) {
    if (iteration === null) {
      found.set(stepId, { status, attempts: attempt, rounds: 0, startedAt: found.get(stepId)?.startedAt ?? startedAt, completedAt })
      continue
    }
    // `loop[3]`, and `outer[1].inner[0]` in a loop of a loop.
    const [, loop, round] = /^([^[]+)\[?([^\].]*)/.exec(iteration) ?? []
    if (loop !== undefined) loops.set(loop, (loops.get(loop) ?? new Set()).add(round ?? iteration))
  }
  for (const [loop, rounds] of loops) {
    const known = found.get(loop)
    if (known) known.rounds = rounds.size
  }
  return found
}

/** Whether a run went this way. */
export const wentAlong = (edge: Edge, graph: Graph, progress: ReadonlyMap<string, NodeProgress>, activityRuns: readonly ActivityRunJson[]): boolean => {
  const from = progress.get(edge.from)
  if (!from || !progress.has(edge.to) || !['completed', 'skipped', 'failed'].includes(from.status)) return false
  const source = activityRuns.findLast(({ stepId, iteration }) => stepId === edge.from && iteration === null)
  const isCondition = graph.nodes.get(edge.from)?.config.type === 'CONDITION'
  const selected = typeof source?.outputs?.selected === 'string' ? source.outputs.selected : null
  return isTaken(edge, isCondition ? { selected } : {}, graph.outgoing.get(edge.from) ?? [])
}
