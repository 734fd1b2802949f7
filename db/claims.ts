import { and, asc, eq, inArray, isNull, lte, notInArray, or, sql } from 'drizzle-orm'
import { isActivityFinal } from '../runner/model/activity.ts'
import { problem } from '../runner/model/problem.ts'
import { isFinal } from '../runner/model/run.ts'
import { findNodeRunIn, viewNodeRuns, type NodeRunRow, type NodeRunView } from './node-runs.ts'
import type { Db, Query } from './open.ts'
import { activityRuns, runs } from './schema.ts'

/**
 * Work for the workers of integrations: nodes that wait for whoever asks. A claim is a lease; who does not acknowledge in time loses it to the
 * next who asks. Acknowledged work is the worker's, until it reports the end or the node's own time is over.
 */

/** The same node of a workflow, whichever version and run. */
export const nodeUidOf = ({ activity, run }: NodeRunRow): string => `${run.workflowId}:${activity.nodeId}`

const nodeUid = sql<string>`${runs.workflowId} || ':' || ${activityRuns.nodeId}`

/** Literals, not parameters: the index on what can be claimed is a partial one. */
const unclaimed = (at: number) =>
  and(
    sql`${activityRuns.installationId} IS NOT NULL`,
    sql`${activityRuns.acknowledgedAt} IS NULL`,
    sql`${activityRuns.status} = 'waiting'`,
    isNull(activityRuns.report),
    or(isNull(activityRuns.claimedUntil), lte(activityRuns.claimedUntil, at)),
  )

type Claim = { org: string; installationId: string; limit: number; visibilityTimeoutMs: number; /** nodeUids that the worker has too much of. */ exclude: readonly string[]; at: number }
type Candidate = { id: string; node: string }

/** What could be claimed, of each node the oldest, no more than would do if it were the only one. */
const candidatesIn = async (tx: Query, { org, installationId, limit, exclude, at }: Claim): Promise<Candidate[]> => {
  const ranked = tx
    .select({ id: activityRuns.id, node: nodeUid.as('node'), place: sql<number>`row_number() OVER (PARTITION BY ${runs.workflowId}, ${activityRuns.nodeId} ORDER BY ${activityRuns.id})`.as('place') })
    .from(activityRuns)
    .innerJoin(runs, eq(runs.id, activityRuns.runId))
    .where(
      and(
        eq(activityRuns.installationId, installationId),
        unclaimed(at),
        eq(runs.org, org),
        isNull(runs.completedAt),
        sql`${runs.state} <> 'CANCELLING'`,
        exclude.length === 0 ? undefined : notInArray(nodeUid, [...exclude]),
      ),
    )
    .as('ranked')
  return tx.select({ id: ranked.id, node: ranked.node }).from(ranked).where(lte(ranked.place, limit)).orderBy(asc(ranked.id))
}

/** When each node of an installation was last served, in turns. Only of this process and while it lasts: after that a round begins anew. */
const turns = new WeakMap<Db, { last: number; served: Map<string, Map<string, number>> }>()

/** Takes one of each node in turn, those first that were served longest ago, until there are enough. */
const roundRobin = (candidates: readonly Candidate[], limit: number, served: ReadonlyMap<string, number>): Candidate[] => {
  const queues = new Map<string, Candidate[]>()
  for (const candidate of candidates) {
    const queue = queues.get(candidate.node)
    if (queue) queue.push(candidate)
    else queues.set(candidate.node, [candidate])
  }
  const order = [...queues].sort(([a], [b]) => (served.get(a) ?? 0) - (served.get(b) ?? 0)).map(([, queue]) => queue)
  const chosen: Candidate[] = []
  for (let place = 0; chosen.length < limit && order.some((queue) => queue.length > place); place++)
    for (const queue of order) {
      const next = queue[place]
      if (next && chosen.length < limit) chosen.push(next)
    }
  return chosen
}

/**
 * Leases waiting node runs to a worker until `visibilityTimeoutMs` are over: nobody else gets them before. One busy node does not starve the
 * others: they are served in turn.
 */
export const claimPending = (db: Db, claim: Claim): Promise<NodeRunView[]> =>
  db.write(async (tx) => {
    const candidates = await candidatesIn(tx, claim)
    if (candidates.length === 0) return []
    const memory = turns.get(db) ?? { last: 0, served: new Map<string, Map<string, number>>() }
    turns.set(db, memory)
    const place = JSON.stringify([claim.org, claim.installationId])
    const before = memory.served.get(place) ?? new Map<string, number>()
    const chosen = roundRobin(candidates, claim.limit, before)
    const ids = chosen.map(({ id }) => id)
    const leased = await tx
      .update(activityRuns)
      .set({ claimedUntil: claim.at + claim.visibilityTimeoutMs })
      .where(and(inArray(activityRuns.id, ids), unclaimed(claim.at)))
      .returning({ id: activityRuns.id })
    // Only nodes that still ask: what is not waiting needs no turn.
    const asking = new Set(candidates.map(({ node }) => node))
    const after = new Map([...before].filter(([node]) => asking.has(node)))
    for (const { node } of chosen) after.set(node, ++memory.last)
    memory.served.set(place, after)
    const rows = await tx
      .select({ activity: activityRuns, run: runs })
      .from(activityRuns)
      .innerJoin(runs, eq(runs.id, activityRuns.runId))
      .where(inArray(activityRuns.id, leased.map(({ id }) => id)))
    return viewNodeRuns(tx, rows.sort((a, b) => ids.indexOf(a.activity.id) - ids.indexOf(b.activity.id)), { logs: false })
  })

/**
 * Makes claimed work the worker's own: nobody else gets it from now on.
 * @throws Problem `not_found`; `conflict` when it was acknowledged before, or there is nothing to do any more
 */
export const acknowledge = (db: Db, { org, activityId, at }: { org: string; activityId: string; at: number }): Promise<NodeRunRow> =>
  db.write(async (tx) => {
    const found = await findNodeRunIn(tx, org, activityId)
    const { activity, run } = found
    if (activity.acknowledgedAt !== null) throw problem('conflict', 'The node run was acknowledged already.')
    if (activity.installationId === null) throw problem('conflict', 'The node run is not one that workers claim.')
    if (isFinal(run.state) || run.state === 'CANCELLING' || isActivityFinal(activity.status) || activity.report) throw problem('conflict', 'The node run waits for nobody any more.')
    await tx.update(activityRuns).set({ acknowledgedAt: at }).where(eq(activityRuns.id, activityId))
    return { run, activity: { ...activity, acknowledgedAt: at } }
  })
