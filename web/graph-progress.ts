import type { ActivityStatus } from '../runner/model/activity.ts'
import { isTaken } from '../runner/model/graph.ts'
import type { ActivityRunJson } from '../server/wire.ts'
import type { Line } from './graph-drawing.ts'

/** What has become of a node at one place: its last attempt, how often it was tried, and what a condition chose. */
export type NodeProgress = { id: string; status: ActivityStatus; attempts: number; startedAt: string | null; completedAt: string | null; selected: string | null }

/** By place: a node outside of loops has one, a node inside has one in each round. */
export type Progress = ReadonlyMap<string, NodeProgress>

/** @param iteration null outside of loops; `each[3]`, and `outer[1].inner[0]` in a loop of a loop */
export const placeOf = (iteration: string | null, stepId: string): string => `${iteration ?? ''}\n${stepId}`

export const progressOf = (activityRuns: readonly ActivityRunJson[]): Progress => {
  const found = new Map<string, NodeProgress>()
  for (const { id, stepId, status, attempt, iteration, startedAt, completedAt, outputs } of activityRuns) {
    const place = placeOf(iteration, stepId)
    const selected = typeof outputs?.selected === 'string' ? outputs.selected : null
    found.set(place, { id, status, attempts: attempt, startedAt: found.get(place)?.startedAt ?? startedAt, completedAt, selected })
  }
  return found
}

/** Whether a run went this way. @param iteration where what is drawn stands */
export const wentAlong = ({ edge, graph }: Line, iteration: string | null, progress: Progress): boolean => {
  const from = progress.get(placeOf(iteration, edge.from))
  if (!from || !progress.has(placeOf(iteration, edge.to)) || !['completed', 'skipped', 'failed'].includes(from.status)) return false
  const isCondition = graph.nodes.get(edge.from)?.config.type === 'CONDITION'
  return isTaken(edge, isCondition ? { selected: from.selected } : {}, graph.outgoing.get(edge.from) ?? [])
}
