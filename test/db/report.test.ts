import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cancelRun, endRun } from '../../db/end-run.ts'
import type { StoredEvent } from '../../db/change.ts'
import { createEventLog } from '../../db/event-log.ts'
import { createFollowers } from '../../db/followers.ts'
import { openDb } from '../../db/open.ts'
import { addNodeRunLogs, reportNodeRun, type NodeReport } from '../../db/report.ts'
import { activityRuns } from '../../db/schema.ts'
import type { Problem } from '../../runner/model/problem.ts'
import { createClock } from '../../server/clock.ts'
import { tempDir } from '../harness.ts'
import { oneNodeWorkflow, waitingNode, type NodeRunStore, type WaitingNode } from '../node-runs.ts'
import { newActivity } from '../store.ts'

const dir = tempDir()
let store: NodeRunStore
let workflowId: string
beforeAll(async () => {
  const db = openDb(join(dir, 'errand.sqlite'))
  const followers = createFollowers()
  store = { db, followers, log: createEventLog(db, followers), clock: createClock() }
  workflowId = await oneNodeWorkflow(store, 'reported')
})
afterAll(async () => {
  await store.db.close()
  rmSync(dir, { recursive: true })
})

const waiting = (given: Partial<Parameters<typeof waitingNode>[1]> = {}): Promise<WaitingNode> => waitingNode(store, { workflowId, ...given })
const report = (id: string, given: Partial<NodeReport>) => reportNodeRun(store.db, store.followers, id, { org: 'default', status: 'IN_PROGRESS', at: store.clock.now(), ...given })
const refusal = (work: Promise<unknown>): Promise<string> => work.then(() => 'taken', (error: Problem) => error.code)
const activity = async (id: string) => (await store.db.read(async (query) => query.select().from(activityRuns).where(eq(activityRuns.id, id))))[0]!
const eventsOf = (runId: string): Promise<StoredEvent[]> => store.log.after(runId, 0)

describe('what another system says while it works', () => {
  test('is kept with the node run: its name there, links, output, and log lines in order', async () => {
    const { activityId, runId } = await waiting()
    const { activity: row } = await report(activityId, {
      externalRunId: 'gh_1',
      links: ['https://ci.test/1'],
      output: { step: 1 },
      logs: [{ level: 'INFO', message: 'one', tags: { a: 'b' } }, { level: 'WARN', message: 'two', tags: {} }],
    })
    expect(row).toMatchObject({ status: 'waiting', externalRunId: 'gh_1', links: ['https://ci.test/1'], outputs: { step: 1 }, report: null })
    const logs = (await eventsOf(runId)).filter(({ type }) => type === 'log')
    expect(logs.map(({ activityRunId, data }) => [activityRunId, data.level, data.message, data.tags])).toEqual([
      [activityId, 'INFO', 'one', { a: 'b' }],
      [activityId, 'WARN', 'two', {}],
    ])
    expect((await store.log.run(runId)).state).toBe('AWAITING_EXTERNAL')
  })

  test('keeps its links when the node is begun again, to wait on', async () => {
    const { activityId, runId } = await waiting()
    await report(activityId, { links: ['https://ci.test/1'] })
    await store.log.record(runId, [{ event: { type: 'activity.started', activity: newActivity(activityId), stateName: 's', links: ['https://own.test/'] } }], { fence: null, at: store.clock.now() })
    expect((await activity(activityId)).links).toEqual(['https://own.test/', 'https://ci.test/1'])
  })

  test('comes too late when its time is over', async () => {
    const { activityId, runId } = await waiting({ atCall: true, type: 'WEBHOOK', config: { synchronized: false } })
    const dueAt = store.clock.now() + 1000
    await store.log.record(runId, [{ event: { type: 'activity.waiting', activityId, dueAt, waitsFor: 'external' } }], { fence: null, at: store.clock.now() })
    expect(await refusal(report(activityId, { status: 'COMPLETED', result: 'SUCCESS', at: dueAt }))).toBe('conflict')
    expect(await refusal(report(activityId, { status: 'COMPLETED', result: 'SUCCESS', at: dueAt - 1 }))).toBe('taken')
  })

  test('overwrites an earlier output and leaves alone what it does not name', async () => {
    const { activityId } = await waiting()
    await report(activityId, { output: { a: 1 }, externalRunId: 'x' })
    await report(activityId, { output: { b: 2 } })
    expect(await activity(activityId)).toMatchObject({ outputs: { b: 2 }, externalRunId: 'x' })
  })

  test('writes nothing when it says nothing', async () => {
    const { activityId, runId } = await waiting()
    const before = await eventsOf(runId)
    await report(activityId, {})
    expect(await eventsOf(runId)).toEqual(before)
  })

  test('wakes the followers of the run', async () => {
    const { activityId, runId } = await waiting()
    const news = store.followers.listen(runId, AbortSignal.timeout(10_000))
    const changed = news.next()
    await report(activityId, { logs: [{ level: 'INFO', message: 'x', tags: {} }] })
    await changed
    expect((await eventsOf(runId)).at(-1)).toMatchObject({ type: 'log' })
  })
})

describe('how another system says that it ended', () => {
  test.each(['SUCCESS', 'FAILED', 'CANCELLED'] as const)('%s is kept for the node, and the run goes on', async (result) => {
    const { activityId, runId } = await waiting()
    await report(activityId, { status: 'COMPLETED', result, output: { id: 7 }, message: result === 'FAILED' ? 'no' : null })
    expect((await activity(activityId)).report).toEqual({ result, output: { id: 7 }, message: result === 'FAILED' ? 'no' : null })
    expect((await store.log.run(runId)).state).toBe('PENDING')
  })

  test('keeps the output that was given before when it brings none', async () => {
    const { activityId } = await waiting()
    await report(activityId, { output: { url: 'u' } })
    await report(activityId, { status: 'COMPLETED', result: 'SUCCESS' })
    expect((await activity(activityId)).report?.output).toEqual({ url: 'u' })
    const other = await waiting()
    await report(other.activityId, { output: { url: 'u' } })
    await report(other.activityId, { status: 'COMPLETED', result: 'SUCCESS', output: { done: true } })
    expect((await activity(other.activityId)).report?.output).toEqual({ done: true })
  })

  test('needs a result, and changes nothing without one', async () => {
    const { activityId, runId } = await waiting()
    const before = await eventsOf(runId)
    expect(await refusal(report(activityId, { status: 'COMPLETED', logs: [{ level: 'INFO', message: 'x', tags: {} }] }))).toBe('unprocessable')
    expect(await eventsOf(runId)).toEqual(before)
  })

  test('counts once: of two at the same time one is taken, and nothing of the other is written', async () => {
    const { activityId, runId } = await waiting()
    const outcomes = await Promise.all(
      (['SUCCESS', 'FAILED'] as const).map((result) => refusal(report(activityId, { status: 'COMPLETED', result, logs: [{ level: 'INFO', message: result, tags: {} }] }))),
    )
    expect(outcomes).toEqual(['taken', 'conflict'])
    expect((await eventsOf(runId)).filter(({ type }) => type === 'log' || type === 'activity.reported')).toHaveLength(2)
    expect(await refusal(report(activityId, { output: { late: true } }))).toBe('conflict')
  })
})

describe('a report is refused', () => {
  test('for a node run that there is not, in another org, or in another run', async () => {
    const { activityId } = await waiting()
    const other = await waiting()
    expect(await refusal(report(store.clock.newId(), {}))).toBe('not_found')
    expect(await refusal(report(activityId, { org: 'acme' }))).toBe('not_found')
    expect(await refusal(report(activityId, { runId: other.runId }))).toBe('not_found')
    expect(await refusal(report(activityId, { runId: activityId }))).toBe('not_found')
  })

  test.each(['timer', 'input', 'child'] as const)('for a node that waits for a %s', async (waitsFor) => {
    const { activityId } = await waiting({ waitsFor })
    expect(await refusal(report(activityId, { status: 'COMPLETED', result: 'SUCCESS' }))).toBe('conflict')
  })

  test('once the run is being cancelled, or has ended', async () => {
    const over = await waiting()
    await endRun(store.db, store.followers, over.runId, { type: 'run.failed', error: { code: 'external_timeout', message: 'x', stepId: null, activityRunId: null, attempt: null } }, { fence: null, at: store.clock.now() })
    const cancelling = await waiting({ atCall: true, type: 'KAFKA' })
    await cancelRun(store.db, store.followers, cancelling.runId, { reason: 'x', force: false, at: store.clock.now() })
    expect((await store.log.run(cancelling.runId)).state).toBe('CANCELLING')
    for (const { activityId } of [over, cancelling]) {
      expect(await refusal(report(activityId, {}))).toBe('conflict')
      expect(await refusal(report(activityId, { status: 'COMPLETED', result: 'SUCCESS' }))).toBe('conflict')
    }
  })
})

describe('a system that is done before the call that asked it is over', () => {
  const heard: [type: string, config: Record<string, unknown>, outcome: string][] = [
    ['WEBHOOK', { synchronized: false }, 'taken'],
    ['WEBHOOK', { agent: true }, 'taken'],
    ['KAFKA', {}, 'taken'],
    ['GITHUB', { reportStatus: true }, 'taken'],
    ['WEBHOOK', { synchronized: true }, 'conflict'],
    ['WEBHOOK', {}, 'conflict'],
    ['GITHUB', {}, 'conflict'],
    ['CLICK', {}, 'conflict'],
  ]
  test.each(heard)('%s with %j: %s', async (type, config, outcome) => {
    const { activityId, runId } = await waiting({ atCall: true, type, config })
    expect(await refusal(report(activityId, { status: 'COMPLETED', result: 'SUCCESS', output: { quick: true } }))).toBe(outcome)
    if (outcome !== 'taken') return
    expect(await activity(activityId)).toMatchObject({ status: 'running', report: { result: 'SUCCESS', output: { quick: true } } })
    expect((await store.log.run(runId)).state).toBe('IN_PROGRESS')
    // The worker comes to the wait and finds the end there already.
    await store.log.record(runId, [{ event: { type: 'activity.waiting', activityId, dueAt: null, waitsFor: 'external' } }], { fence: null, at: store.clock.now() })
    expect(await activity(activityId)).toMatchObject({ status: 'waiting', report: { result: 'SUCCESS' } })
  })
})

test('log lines may still come when the node has ended, but not when the run has', async () => {
  const { activityId, runId } = await waiting()
  const add = () => addNodeRunLogs(store.db, store.followers, activityId, { org: 'default', logs: [{ level: 'ERROR', message: 'late', tags: {} }], at: store.clock.now() })
  await report(activityId, { status: 'COMPLETED', result: 'SUCCESS' })
  await add()
  expect((await eventsOf(runId)).at(-1)).toMatchObject({ type: 'log', data: { message: 'late' } })
  await cancelRun(store.db, store.followers, runId, { reason: 'x', force: false, at: store.clock.now() })
  expect(await refusal(add())).toBe('conflict')
  expect(await refusal(addNodeRunLogs(store.db, store.followers, activityId, { org: 'acme', logs: [], at: 0 }))).toBe('not_found')
})
