import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Change } from '../../db/change.ts'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { openStore } from '../store.ts'
import { getRunDetail } from '../../db/runs.ts'

/** As much as a workflow may hold, and more. */

const RUNS = '/api/v1/workflow-runs'
const set = (identifier: string, value: unknown): Json => ({ identifier, config: { type: 'TRANSFORM', value } })
const loopOver = (items: string, more: Json = {}): Json => ({ identifier: 'each', config: { type: 'FOR_EACH', items, nodes: [set('round', '{{ .item }}')], ...more } })
const chain = (length: number): Json[] => Array.from({ length }, (_, index) => set(`n${index}`, { count: index === 0 ? 1 : `{{ .outputs.n${index - 1}.count + 1 }}` }))

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

test('a graph of 100 nodes runs to its end, each node with what the one before put out; one more is refused', async () => {
  const nodes = chain(100)
  const connections = nodes.slice(1).map(({ identifier }, index) => ({ sourceIdentifier: nodes[index]!.identifier as string, targetIdentifier: identifier as string }))
  await server.save(linear('hundred', nodes, { connections }))
  const { workflowRun, activityRuns } = await server.settled((await server.run('hundred')).id)
  expect(workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { n99: { count: 100 } } })
  expect(activityRuns).toHaveLength(101)
  const tooMany = await server.call('POST', '/api/v1/workflows', linear('too_many', chain(101)))
  expect(tooMany).toMatchObject({ status: 422, body: { details: [{ path: 'nodes', code: 'too_big' }] } })
})

describe('a loop over 10,000 items', () => {
  test('is cancelled at once from the middle of it, with what it has done so far in pages', async () => {
    await server.save(linear('long', [loopOver('{{ [range(10000)] }}')]))
    const { id } = await server.run('long')
    await server.until(id, (_run, rows) => rows.length > 20)
    const began = performance.now()
    await server.call('POST', `${RUNS}/${id}/cancel`)
    const { workflowRun, activityRuns } = await server.settled(id)
    expect(performance.now() - began).toBeLessThan(2_000)
    expect(workflowRun.state).toBe('CANCELLED')
    expect(new Set(activityRuns.map(({ status }) => status))).toEqual(new Set(['completed', 'cancelled']))
    const page = (await server.call('GET', `${RUNS}/${id}/activity-runs?stepId=round&status=completed&limit=5`)).body
    expect((page.activityRuns as Json[]).map(({ iteration }) => iteration)).toEqual([0, 1, 2, 3, 4].map((index) => `each[${index}]`))
  })

  test('and one more needs a `maxItems` that allows them: without, the node fails before the first round', async () => {
    await server.save(linear('longer', [loopOver('{{ [range(10001)] }}')]))
    const { workflowRun, activityRuns } = await server.settled((await server.run('longer')).id)
    expect(workflowRun).toMatchObject({ state: 'FAILED', error: { code: 'validation_failed', stepId: 'each', message: 'There are 10001 items, more than maxItems allows: 10000.' } })
    expect(activityRuns.map(({ stepId }) => stepId)).toEqual(['trigger', 'each'])
  })
})

test('a run is shown with its nodes outside of loops and the latest rounds, and says how many there are', async () => {
  await using store = await openStore()
  const { id: runId } = await store.newRun()
  const activity = (nodeId: string, iteration: string | null): Change[] => {
    const id = store.newId()
    const log = { event: { type: 'log' as const, activityId: id, level: 'INFO', message: `${nodeId} ${iteration}`, tags: {} } }
    return [{ event: { type: 'activity.started', activity: { id, nodeId, title: null, kind: 'step', type: 'TRANSFORM', attempt: 1, iteration }, stateName: nodeId } }, log, { event: { type: 'activity.completed', activityId: id, outputs: {} } }]
  }
  const first = activity('first', null)
  const rounds = Array.from({ length: 1_500 }, (_, index) => activity('round', `each[${index}]`)).flat()
  const own = { event: { type: 'log' as const, activityId: null, level: 'WARN', message: 'of the run', tags: {} } }
  await store.log.record(runId, [{ event: { type: 'run.started' } }, own, ...first, ...rounds, ...activity('last', null)], { fence: null, at: store.now() })
  const { activities, activitiesTotal, logs } = await getRunDetail(store.db, { org: 'default', userId: null, seesAllRuns: true }, runId)
  expect({ shown: activities.length, activitiesTotal }).toEqual({ shown: 1_000, activitiesTotal: 1_502 })
  expect([0, 1, -2, -1].map((place) => activities.at(place)?.iteration ?? activities.at(place)?.nodeId)).toEqual(['first', 'each[502]', 'each[1499]', 'last'])
  expect(logs).toHaveLength(1_001)
  expect(logs[0]).toMatchObject({ activityRunId: null, data: { message: 'of the run' } })
})
