import { and, asc, eq, gt, isNull, lte, or, sql } from 'drizzle-orm'
import { isActivityFinal } from '../runner/model/activity.ts'
import { problem } from '../runner/model/problem.ts'
import { isFinal } from '../runner/model/run.ts'
import { viewNodeRuns, type NamedRun, type NodeRunRow, type NodeRunView } from './node-runs.ts'
import type { Db, Query } from './open.ts'
import { activityRuns, runs } from './schema.ts'
import { oncePerConnection } from './statements.ts'

/**
 * Work for the workers of integrations: nodes that wait for whoever asks. A claim is a lease; who does not acknowledge in time loses it to the
 * next who asks. Acknowledged work is the worker's, until it reports the end or the node's own time is over.
 */

type Claim = { org: string; installationId: string; limit: number; visibilityTimeoutMs: number; /** nodeUids that the worker has too much of. */ exclude: readonly string[]; at: number }

/** What the index on claimable node runs holds; in literals, or it is not used. */
const unacknowledged = sql`${activityRuns.installationId} IS NOT NULL AND ${activityRuns.acknowledgedAt} IS NULL AND ${activityRuns.status} = 'waiting'`

const placeholder = sql.placeholder

const statementsOf = oncePerConnection((query: Query) => ({
  nextNode: query
    .select({ nodeUid: sql<string | null>`min(${activityRuns.nodeUid})` })
    .from(activityRuns)
    .where(and(unacknowledged, eq(activityRuns.installationId, placeholder('installationId')), gt(activityRuns.nodeUid, placeholder('after'))))
    .prepare(),
  pending: query
    .select({ activityId: activityRuns.id, run: { id: runs.id, workflowId: runs.workflowId, workflowVersion: runs.workflowVersion } })
    .from(activityRuns)
    .innerJoin(runs, eq(runs.id, activityRuns.runId))
    .where(
      and(
        unacknowledged,
        eq(activityRuns.installationId, placeholder('installationId')),
        eq(activityRuns.nodeUid, placeholder('nodeUid')),
        gt(activityRuns.id, placeholder('after')),
        isNull(activityRuns.report),
        or(isNull(activityRuns.claimedUntil), lte(activityRuns.claimedUntil, placeholder('at'))),
        eq(runs.org, placeholder('org')),
        isNull(runs.completedAt),
        sql`${runs.state} <> 'CANCELLING'`,
      ),
    )
    .orderBy(asc(activityRuns.id))
    .limit(placeholder('limit'))
    .prepare(),
  lease: query
    .update(activityRuns)
    .set({ claimedUntil: placeholder('until') as unknown as number })
    .where(eq(activityRuns.id, placeholder('id')))
    .returning()
    .prepare(),
  toAcknowledge: query
    .select({ state: runs.state, status: activityRuns.status, installationId: activityRuns.installationId, acknowledgedAt: activityRuns.acknowledgedAt, report: activityRuns.report })
    .from(activityRuns)
    .innerJoin(runs, eq(runs.id, activityRuns.runId))
    .where(and(eq(activityRuns.id, placeholder('id')), eq(runs.org, placeholder('org'))))
    .prepare(),
  acknowledge: query
    .update(activityRuns)
    .set({ acknowledgedAt: placeholder('at') as unknown as number })
    .where(eq(activityRuns.id, placeholder('id')))
    .prepare(),
}))

/** The nodes that have something waiting, each found by a step in the index: how much waits does not matter. */
const waitingNodes = async (tx: Query, { installationId, exclude }: Claim): Promise<string[]> => {
  const { nextNode } = statementsOf(tx)
  const unwanted = new Set(exclude)
  const found: string[] = []
  for (let after = ''; ; ) {
    const [next] = await nextNode.execute({ installationId, after })
    if (!next || next.nodeUid === null) return found
    after = next.nodeUid
    if (!unwanted.has(after)) found.push(after)
  }
}

type Pending = { activityId: string; run: NamedRun }

type Queue = { nodeUid: string; pending: Pending[]; isExhausted: boolean }
type Chosen = Pending & { nodeUid: string }

/** One of each node in turn, until there are enough. */
const interleave = (queues: readonly Queue[], limit: number): Chosen[] => {
  const longest = Math.max(0, ...queues.map(({ pending }) => pending.length))
  const inTurn = Array.from({ length: longest }, (_, place) => queues.flatMap(({ nodeUid, pending }) => (pending[place] === undefined ? [] : [{ nodeUid, ...pending[place] }])))
  return inTurn.flat().slice(0, limit)
}

/** The oldest that can be claimed. @param nodes in the order of their turns */
const choose = async (tx: Query, { org, installationId, at, limit }: Claim, nodes: readonly string[]): Promise<Chosen[]> => {
  const queues: Queue[] = nodes.map((nodeUid) => ({ nodeUid, pending: [], isExhausted: false }))
  let missing = limit
  for (let open = queues; missing > 0 && open.length > 0; open = open.filter(({ isExhausted }) => !isExhausted)) {
    const share = Math.ceil(missing / open.length)
    for (const queue of open) {
      if (missing <= 0) break
      const { nodeUid, pending } = queue
      const more = await statementsOf(tx).pending.execute({ installationId, nodeUid, after: pending.at(-1)?.activityId ?? '', at, org, limit: share })
      pending.push(...more)
      queue.isExhausted = more.length < share
      missing -= more.length
    }
  }
  return interleave(queues, limit)
}

/** When each node of an installation was last served, in turns. Only of this process and while it lasts: after that a round begins anew. */
const turns = new WeakMap<Db, { last: number; served: Map<string, Map<string, number>> }>()

/**
 * Leases waiting node runs to a worker until `visibilityTimeoutMs` are over: nobody else gets them before. One busy node does not starve the
 * others: they are served in turn.
 */
export const claimPending = (db: Db, claim: Claim): Promise<NodeRunView<NamedRun>[]> =>
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
    const until = claim.at + claim.visibilityTimeoutMs
    const leased: NodeRunRow<NamedRun>[] = []
    for (const { activityId: id, run } of chosen) for (const activity of await statementsOf(tx).lease.execute({ id, until })) leased.push({ activity, run })
    return viewNodeRuns(tx, leased, { logs: false })
  })

/**
 * Makes claimed work the worker's own: nobody else gets it from now on.
 * @throws Problem `not_found`; `conflict` when it was acknowledged before, or there is nothing to do any more
 */
export const acknowledge = (db: Db, { org, activityId: id, at }: { org: string; activityId: string; at: number }): Promise<void> =>
  db.write(async (tx) => {
    const statements = statementsOf(tx)
    const [found] = await statements.toAcknowledge.execute({ id, org })
    if (!found) throw problem('not_found', `No node run ${id}.`)
    if (found.acknowledgedAt !== null) throw problem('conflict', 'The node run was acknowledged already.')
    if (found.installationId === null) throw problem('conflict', 'The node run is not one that workers claim.')
    if (isFinal(found.state) || found.state === 'CANCELLING' || isActivityFinal(found.status) || found.report) throw problem('conflict', 'The node run waits for nobody any more.')
    await statements.acknowledge.execute({ id, at })
  })
