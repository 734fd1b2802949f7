import { and, asc, eq, gt, inArray, isNull, lte, or, sql } from 'drizzle-orm'
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

type Claim = { org: string; installationId: string; limit: number; visibilityTimeoutMs: number; /** nodeUids that the worker has too much of. */ exclude: readonly string[]; at: number }

/** What the index on claimable node runs holds; in literals, or it is not used. */
const unacknowledged = sql`${activityRuns.installationId} IS NOT NULL AND ${activityRuns.acknowledgedAt} IS NULL AND ${activityRuns.status} = 'waiting'`

const unclaimed = (at: number) => and(unacknowledged, isNull(activityRuns.report), or(isNull(activityRuns.claimedUntil), lte(activityRuns.claimedUntil, at)))

/** The nodes that have something waiting, each found by a step in the index: how much waits does not matter. */
const waitingNodes = async (tx: Query, { installationId, exclude }: Claim): Promise<string[]> => {
  const next = (after: ReturnType<typeof sql>) =>
    sql`SELECT min(${activityRuns.nodeUid}) FROM ${activityRuns} WHERE ${unacknowledged} AND ${activityRuns.installationId} = ${installationId} AND ${activityRuns.nodeUid} > ${after}`
  const rows = tx.all<{ uid: string }>(
    sql`WITH RECURSIVE nodes(uid) AS (SELECT (${next(sql`''`)}) UNION ALL SELECT (${next(sql`nodes.uid`)}) FROM nodes WHERE nodes.uid IS NOT NULL) SELECT uid FROM nodes WHERE uid IS NOT NULL`,
  )
  const unwanted = new Set(exclude)
  return rows.map(({ uid }) => uid).filter((uid) => !unwanted.has(uid))
}

/** The oldest of a node after `after` that can be claimed. */
const pendingOf = async (tx: Query, { org, installationId, at }: Claim, nodeUid: string, after: string, limit: number): Promise<string[]> => {
  const rows = await tx
    .select({ id: activityRuns.id })
    .from(activityRuns)
    .innerJoin(runs, eq(runs.id, activityRuns.runId))
    .where(
      and(
        eq(activityRuns.installationId, installationId),
        eq(activityRuns.nodeUid, nodeUid),
        gt(activityRuns.id, after),
        unclaimed(at),
        eq(runs.org, org),
        isNull(runs.completedAt),
        sql`${runs.state} <> 'CANCELLING'`,
      ),
    )
    .orderBy(asc(activityRuns.id))
    .limit(limit)
  return rows.map(({ id }) => id)
}

type Queue = { nodeUid: string; ids: string[]; isExhausted: boolean }

/** One of each node in turn, until there are enough. */
const interleave = (queues: readonly Queue[], limit: number): { id: string; nodeUid: string }[] => {
  const longest = Math.max(0, ...queues.map(({ ids }) => ids.length))
  const inTurn = Array.from({ length: longest }, (_, place) => queues.flatMap(({ nodeUid, ids }) => (ids[place] === undefined ? [] : [{ nodeUid, id: ids[place] }])))
  return inTurn.flat().slice(0, limit)
}

/** @param nodes in the order of their turns */
const choose = async (tx: Query, claim: Claim, nodes: readonly string[]): Promise<{ id: string; nodeUid: string }[]> => {
  const queues: Queue[] = nodes.map((nodeUid) => ({ nodeUid, ids: [], isExhausted: false }))
  let missing = claim.limit
  for (let open = queues; missing > 0 && open.length > 0; open = open.filter(({ isExhausted }) => !isExhausted)) {
    const share = Math.ceil(missing / open.length)
    for (const queue of open) {
      if (missing <= 0) break
      const ids = await pendingOf(tx, claim, queue.nodeUid, queue.ids.at(-1) ?? '', share)
      queue.ids.push(...ids)
      queue.isExhausted = ids.length < share
      missing -= ids.length
    }
  }
  return interleave(queues, claim.limit)
}

/** When each node of an installation was last served, in turns. Only of this process and while it lasts: after that a round begins anew. */
const turns = new WeakMap<Db, { last: number; served: Map<string, Map<string, number>> }>()

/**
 * Leases waiting node runs to a worker until `visibilityTimeoutMs` are over: nobody else gets them before. One busy node does not starve the
 * others: they are served in turn.
 */
export const claimPending = (db: Db, claim: Claim): Promise<NodeRunView[]> =>
  db.write(async (tx) => {
    const memory = turns.get(db) ?? { last: 0, served: new Map<string, Map<string, number>>() }
    turns.set(db, memory)
    const place = JSON.stringify([claim.org, claim.installationId])
    const served = memory.served.get(place) ?? new Map<string, number>()
    const nodes = await waitingNodes(tx, claim)
    const chosen = await choose(tx, claim, nodes.sort((a, b) => (served.get(a) ?? 0) - (served.get(b) ?? 0)))
    // What has nothing waiting needs no turn, and is forgotten.
    const kept = new Map(nodes.flatMap((node) => (served.has(node) ? [[node, served.get(node) ?? 0] as const] : [])))
    for (const { nodeUid } of chosen) kept.set(nodeUid, ++memory.last)
    if (kept.size > 0) memory.served.set(place, kept)
    else memory.served.delete(place)
    if (chosen.length === 0) return []
    const ids = chosen.map(({ id }) => id)
    await tx
      .update(activityRuns)
      .set({ claimedUntil: claim.at + claim.visibilityTimeoutMs })
      .where(and(inArray(activityRuns.id, ids), unclaimed(claim.at)))
    const rows = await tx.select({ activity: activityRuns, run: runs }).from(activityRuns).innerJoin(runs, eq(runs.id, activityRuns.runId)).where(inArray(activityRuns.id, ids))
    const order = new Map(ids.map((id, index) => [id, index]))
    return viewNodeRuns(tx, rows.sort((a, b) => order.get(a.activity.id)! - order.get(b.activity.id)!), { logs: false })
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
