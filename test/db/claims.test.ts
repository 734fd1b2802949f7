import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { acknowledge, claimPending } from '../../db/claims.ts'
import { cancelRun } from '../../db/end-run.ts'
import { createEventLog } from '../../db/event-log.ts'
import { createFollowers } from '../../db/followers.ts'
import { nodeUidOf } from '../../db/record-activity.ts'
import { openDb } from '../../db/open.ts'
import { reportNodeRun } from '../../db/report.ts'
import type { Problem } from '../../runner/model/problem.ts'
import { createClock } from '../../server/clock.ts'
import { tempDir } from '../harness.ts'
import { oneNodeWorkflow, waitingNode, type NodeRunStore, type WaitingNode } from '../node-runs.ts'

const LEASE_MS = 60_000

const dir = tempDir()
let store: NodeRunStore
beforeAll(() => {
  const db = openDb(join(dir, 'errand.sqlite'))
  const followers = createFollowers()
  store = { db, followers, log: createEventLog(db, followers), clock: createClock() }
})
afterAll(async () => {
  await store.db.close()
  rmSync(dir, { recursive: true })
})

type Asked = Partial<Omit<Parameters<typeof claimPending>[1], 'installationId'>>
const claim = (installationId: string, asked: Asked = {}) =>
  claimPending(store.db, { org: 'default', installationId, limit: 10, visibilityTimeoutMs: LEASE_MS, exclude: [], at: store.clock.now(), ...asked })
const ids = (claimed: Awaited<ReturnType<typeof claim>>): string[] => claimed.map(({ activity }) => activity.id)
const refusal = (work: Promise<unknown>): Promise<string> => work.then(() => 'taken', (error: Problem) => error.code)
const ack = (activityId: string, org = 'default') => refusal(acknowledge(store.db, { org, activityId, at: store.clock.now() }))

/** `counts[i]` node runs of a workflow each, for an installation of their own. */
const pending = async (installationId: string, ...counts: number[]): Promise<WaitingNode[][]> => {
  const made: WaitingNode[][] = []
  for (const [index, count] of counts.entries()) {
    const workflowId = await oneNodeWorkflow(store, `${installationId}_${index}`)
    const nodes: WaitingNode[] = []
    for (let each = 0; each < count; each++) nodes.push(await waitingNode(store, { workflowId, installationId }))
    made.push(nodes)
  }
  return made
}

describe('a claim', () => {
  test('gets the oldest that wait for this installation, with what the node is', async () => {
    const [[first, second]] = (await pending('oldest', 3)) as [[WaitingNode, WaitingNode]]
    await pending('another', 1)
    const claimed = await claim('oldest', { limit: 2 })
    expect(ids(claimed)).toEqual([first.activityId, second.activityId])
    expect(claimed[0]).toMatchObject({ node: { identifier: 'ask', icon: 'Github' }, run: { id: first.runId } })
    expect(nodeUidOf(claimed[0]!.run, claimed[0]!.activity)).toBe(`${claimed[0]!.run.workflowId}:ask`)
  })

  test('holds for its time and not longer', async () => {
    const [[node]] = (await pending('lease', 1)) as [[WaitingNode]]
    const at = store.clock.now()
    expect(ids(await claim('lease', { at }))).toEqual([node.activityId])
    expect(await claim('lease', { at: at + LEASE_MS - 1 })).toEqual([])
    expect(ids(await claim('lease', { at: at + LEASE_MS }))).toEqual([node.activityId])
    expect(await claim('lease', { at: at + LEASE_MS + 1 })).toEqual([])
  })

  test('gets nothing of another org, of a run that is over, or that is reported on', async () => {
    const [[cancelled, reported]] = (await pending('closed', 2)) as [[WaitingNode, WaitingNode]]
    expect(await claim('closed', { org: 'acme' })).toEqual([])
    await cancelRun(store.db, store.followers, cancelled.runId, { reason: 'x', force: false, at: store.clock.now() })
    await reportNodeRun(store.db, store.followers, reported.activityId, { org: 'default', status: 'COMPLETED', result: 'SUCCESS', at: store.clock.now() })
    expect(await claim('closed')).toEqual([])
  })

  test('leaves out the nodes that the worker has too much of', async () => {
    const [[hot], [cold]] = (await pending('exclude', 1, 1)) as [[WaitingNode], [WaitingNode]]
    const both = await claim('exclude', { visibilityTimeoutMs: 1, at: 0 })
    const hotOne = both.find(({ activity }) => activity.id === hot.activityId)!
    const uid = nodeUidOf(hotOne.run, hotOne.activity)
    expect(ids(await claim('exclude', { exclude: [uid] }))).toEqual([cold.activityId])
  })
})

describe('nodes are served in turn', () => {
  test('within one claim: the only one of a quiet node comes second, not after all of a busy one', async () => {
    const [busy, [quiet]] = (await pending('turns', 20, 1)) as [WaitingNode[], [WaitingNode]]
    expect(ids(await claim('turns', { limit: 3 }))).toEqual([busy[0]!.activityId, quiet.activityId, busy[1]!.activityId])
  })

  test('over claims of one each, also when the busy node’s work is the older', async () => {
    const [busy, quiet] = (await pending('one_by_one', 10, 3)) as [WaitingNode[], WaitingNode[]]
    const got: string[] = []
    for (let each = 0; each < 6; each++) got.push(...ids(await claim('one_by_one', { limit: 1 })))
    expect(got).toEqual([0, 1, 2].flatMap((index) => [busy[index]!.activityId, quiet[index]!.activityId]))
  })
})

describe('an acknowledged node run', () => {
  test('is nobody else’s, however late', async () => {
    const [[node]] = (await pending('acked', 1)) as [[WaitingNode]]
    const at = store.clock.now()
    await claim('acked', { at })
    expect(await ack(node.activityId)).toBe('taken')
    expect(await claim('acked', { at: at + 10 * LEASE_MS })).toEqual([])
    expect(await ack(node.activityId)).toBe('conflict')
  })

  test('goes to one of two workers: the lease of the first ran out, both acknowledge', async () => {
    const [[node]] = (await pending('both', 1)) as [[WaitingNode]]
    const at = store.clock.now()
    await claim('both', { at })
    await claim('both', { at: at + LEASE_MS })
    expect((await Promise.all([ack(node.activityId), ack(node.activityId)])).sort()).toEqual(['conflict', 'taken'])
  })

  test('must be there, of this org, waiting, and for workers', async () => {
    const [[over]] = (await pending('gone', 1)) as [[WaitingNode]]
    await cancelRun(store.db, store.followers, over.runId, { reason: 'x', force: false, at: store.clock.now() })
    const workflowId = await oneNodeWorkflow(store, 'webhooks')
    const webhook = await waitingNode(store, { workflowId, type: 'WEBHOOK' })
    expect(await ack(store.clock.newId())).toBe('not_found')
    expect(await ack(webhook.activityId, 'acme')).toBe('not_found')
    expect(await ack(over.activityId)).toBe('conflict')
    expect(await ack(webhook.activityId)).toBe('conflict')
  })
})

test('ten workers at once empty a queue without being given anything twice, at less than 2 ms of the processor a claim', async () => {
  const TOTAL = 150
  await pending('speed', ...Array.from({ length: 6 }, () => TOTAL / 6))
  const got: string[] = []
  const began = process.cpuUsage()
  const worker = async (): Promise<void> => {
    for (let claimed = await claim('speed', { limit: 5 }); claimed.length > 0; claimed = await claim('speed', { limit: 5 })) got.push(...ids(claimed))
  }
  await Promise.all(Array.from({ length: 10 }, worker))
  // Not by the clock: other tests keep the machine busy.
  const { user, system } = process.cpuUsage(began)
  expect(new Set(got).size).toBe(TOTAL)
  expect(got).toHaveLength(TOTAL)
  expect((user + system) / 1000 / TOTAL).toBeLessThan(2)
})
