import { readArrivals } from '../db/arrivals.ts'
import type { Advance } from './advance.ts'
import { pendingNodes, type Pending } from './pending.ts'
import { placeOf, type Scope } from './run-memory.ts'

/** What comes for nodes that wait while others of their run work: they learn of it by a poke, and read it from the store. */

/** Takes in what has come by now, and closes the questions of `overdue` nodes that nobody has answered. */
export const hear = async ({ parts, runId, taken }: Advance, overdue: readonly Pending[] = []): Promise<void> => {
  const ids = new Set(overdue.map(({ seen }) => seen.id))
  Object.assign(taken, await readArrivals(parts.db, parts.followers, runId, { overdue: ids, fence: taken.run.fence, at: parts.now() }))
}

/**
 * What waits in a scope, by what has come so far.
 * @param canGoOn which of it would go on now: of that, nothing has expired of which something may have come in time
 */
export const heardNodes = async (run: Advance, scope: Scope, canGoOn: (pending: Pending) => boolean): Promise<Pending[]> => {
  const sure = new Set<string>()
  for (;;) {
    const pending = pendingNodes(run, scope)
    const overdue = pending.filter((one) => one.wake?.type === 'expired' && canGoOn(one) && !sure.has(one.seen.id))
    if (overdue.length === 0) return pending
    await hear(run, overdue)
    for (const { seen } of overdue) sure.add(seen.id)
  }
}

/** Tells that a person is asked while others of the run's nodes work: where none does, the pause tells it. */
export const tellQuestions = async (run: Advance): Promise<void> => {
  const untold = run.taken.inputRequests.filter(({ status, toldAt }) => status === 'pending' && toldAt === null)
  if (untold.length === 0) return
  const asking = new Set(untold.map(({ activityRunId }) => activityRunId))
  // One that has just asked is at work until its walk knows of it.
  const asked = new Set([...run.memory.open].flatMap(({ id, iteration, nodeId }) => (asking.has(id) ? [placeOf(iteration, nodeId)] : [])))
  if ([...run.working].every((place) => asked.has(place))) return
  for (const request of untold) request.toldAt = run.parts.now()
  await run.record([{ event: { type: 'run.asking' } }])
}
