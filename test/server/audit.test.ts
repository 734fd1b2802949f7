import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type Json, type TestServer } from '../harness.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const entries = async (query = ''): Promise<Json[]> => (await server.call('GET', `/api/v1/audit${query}`)).body.entries

test('what changes something is written down: who, what, which thing, from where', async () => {
  const workflow = await server.save({ identifier: 'audited', nodes: [{ identifier: 'a', config: { type: 'TRANSFORM', value: 1 } }] })
  const run = await server.run('audited')
  await server.settled(run.id)
  await server.call('DELETE', '/api/v1/workflows/audited')
  const told = await entries()
  expect(told.map(({ action, targetType, targetId, status }) => [action, targetType, targetId, status])).toEqual([
    ['DELETE /api/v1/workflows/:workflowId', 'workflow', 'audited', 204],
    ['POST /api/v1/workflow-runs', 'workflow_run', run.id, 202],
    ['POST /api/v1/workflows', 'workflow', workflow.id, 201],
  ])
  expect(told[0]).toMatchObject({ actorKind: 'internal', actorId: null, address: expect.stringContaining('127.0.0.1') })
})

test('reading, checking and refused calls leave no entry', async () => {
  const before = (await entries('?limit=100')).length
  await server.call('GET', '/api/v1/workflows')
  await server.call('POST', '/api/v1/workflows/validate', {})
  expect((await server.call('POST', '/api/v1/workflows', {})).status).toBe(422)
  expect((await server.call('POST', '/api/v1/workflow-runs', { workflowId: 'none' })).status).toBe(404)
  expect(await entries('?limit=100')).toHaveLength(before)
})

test('entries are found by action and by thing, and there is no way to change one', async () => {
  expect((await entries('?action=DELETE')).map(({ targetId }) => targetId)).toEqual(['audited'])
  expect(await entries('?targetId=audited')).toHaveLength(1)
  const [{ id }] = (await entries()) as [Json]
  for (const method of ['PUT', 'PATCH', 'DELETE']) expect((await server.call(method, `/api/v1/audit/${id}`)).status).toBe(404)
})

test('the activity runs of a long loop are read page by page', async () => {
  await server.save({ identifier: 'long', nodes: [{ identifier: 'each', config: { type: 'FOR_EACH', items: '{{ [range(30)] }}', nodes: [{ identifier: 'a', config: { type: 'TRANSFORM', value: '{{ .item }}' } }] } }] })
  const run = await server.run('long')
  await server.settled(run.id)
  const seen: number[] = []
  let cursor = ''
  for (let page = 0; page < 10; page++) {
    const { body } = await server.call('GET', `/api/v1/workflow-runs/${run.id}/activity-runs?stepId=a&limit=12&cursor=${cursor}`)
    expect(body.pagination.total).toBe(30)
    seen.push(...body.activityRuns.map(({ outputs }: Json) => outputs.value))
    cursor = body.pagination.nextCursor
    if (cursor === null) break
  }
  expect(seen).toEqual(Array.from({ length: 30 }, (_, index) => index))
  expect((await server.call('GET', `/api/v1/workflow-runs/${run.id}/activity-runs?status=failed`)).body.activityRuns).toEqual([])
})
