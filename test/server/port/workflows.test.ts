import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linear, startTestServer, type Json, type TestServer } from '../../harness.ts'
import { as, CALLERS } from '../callers.ts'

const NODES = [{ identifier: 'one', config: { type: 'TRANSFORM', value: { a: 1 } } }]
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

let server: TestServer
beforeAll(async () => {
  server = await startTestServer(CALLERS)
})
afterAll(() => server[Symbol.asyncDispose]())

const create = (definition: Json) => server.call('POST', '/v1/workflows', definition)

test('a workflow is created, read, changed, replaced and deleted in Port’s words', async () => {
  const given = linear('export_invoices', NODES, { title: 'Export', description: 'Kept', allowAnyoneToViewRuns: false })
  const created = await create(given)
  const workflow = { ...given, connections: [], type: 'USER_DEFINED', id: expect.any(String), createdBy: null, createdAt: expect.stringMatching(TIME), updatedAt: expect.stringMatching(TIME) }
  expect(created).toMatchObject({ status: 201, body: { ok: true } })
  expect(created.body.workflow).toEqual({ ...workflow, version: 1 })
  expect((await server.call('GET', '/v1/workflows/export_invoices')).body).toEqual({ ok: true, workflow: created.body.workflow })

  const patched = await server.call('PATCH', '/v1/workflows/export_invoices', { title: 'Patched' })
  expect(patched).toMatchObject({ status: 200, body: { ok: true } })
  expect(patched.body.workflow).toEqual({ ...workflow, version: 2, title: 'Patched' })
  const put = await server.call('PUT', '/v1/workflows/export_invoices', linear('export_invoices', NODES, { title: 'Put' }))
  expect(put.body.workflow).toMatchObject({ version: 3, title: 'Put', allowAnyoneToViewRuns: true })
  expect(put.body.workflow).not.toHaveProperty('description')

  expect(await server.call('DELETE', '/v1/workflows/export_invoices')).toMatchObject({ status: 200, body: { ok: true } })
  expect((await server.call('GET', '/v1/workflows/export_invoices')).status).toBe(404)
})

test('both faces show the same workflow', async () => {
  const { body } = await create(linear('both_faces', NODES))
  expect((await server.call('GET', '/api/v1/workflows/both_faces')).body.workflow).toMatchObject({ id: body.workflow.id, version: 1, nodes: NODES })
})

test('what was got can be changed and sent back', async () => {
  await create(linear('sent_back', NODES, { title: 'Before', description: 'D' }))
  const { workflow } = (await server.call('GET', '/v1/workflows/sent_back')).body
  expect((await server.call('PUT', '/v1/workflows/sent_back', { ...workflow, title: 'After' })).body.workflow).toMatchObject({ id: workflow.id, version: 2, title: 'After' })
  const patched = await server.call('PATCH', '/v1/workflows/sent_back', { ...workflow, description: null })
  expect(patched.body.workflow).toMatchObject({ version: 3, title: 'Before' })
  expect(patched.body.workflow).not.toHaveProperty('description')
  expect(await create({ ...workflow, identifier: 'sent_as_new' })).toMatchObject({ status: 201 })
  expect(await server.call('PUT', '/v1/workflows/sent_as_new', { ...workflow, identifier: 'sent_as_new' })).toMatchObject({ status: 422, body: { ok: false, details: [{ path: 'id', code: 'contradiction' }] } })
})

test('who asks for no pages gets a hundred at once', async () => {
  for (let n = 0; n < 11; n++) await create(linear(`many_${n}`, NODES))
  const runs = await Promise.all(Array.from({ length: 11 }, () => server.call('POST', '/v1/workflows/many_0/runs', {})))
  expect(runs.map(({ status }) => status)).toEqual(Array.from({ length: 11 }, () => 202))
  const lists = ['/v1/workflows?search=many_', '/v1/workflows/runs?workflowIdentifiers=many_0', `/v1/workflows/nodes/runs?workflow_run_id=${runs[0]!.body.run.identifier}`, '/v1/blueprints/many/entities']
  for (const path of lists) expect((await server.call('GET', path)).body.pagination).toMatchObject({ page: 1, limit: 100 })
  expect((await server.call('GET', lists[0]!)).body.workflows).toHaveLength(11)
  expect((await server.call('GET', lists[1]!)).body.runs).toHaveLength(11)
  expect((await server.call('GET', `${lists[1]}&limit=3`)).body.runs).toHaveLength(3)
})

test('the list is newest first, in pages', async () => {
  for (const name of ['a', 'b', 'c']) await create(linear(`listed_${name}`, NODES))
  const { body } = await server.call('GET', '/v1/workflows?search=listed_&limit=2')
  expect(body).toMatchObject({ ok: true, pagination: { page: 1, limit: 2, total: 3, totalPages: 2 } })
  expect((body.workflows as Json[]).map(({ identifier }) => identifier)).toEqual(['listed_c', 'listed_b'])
})

describe('a fault is told in Port’s shape', () => {
  const told = ({ status, body }: { status: number; body: Json }) => ({ status, ...body })

  test('404 unknown, 409 taken, 422 with every fault of the graph', async () => {
    await create(linear('taken', NODES))
    expect(told(await server.call('GET', '/v1/workflows/nobody'))).toEqual({ status: 404, ok: false, error: 'not_found', message: 'No workflow nobody.' })
    expect(told(await create(linear('taken', NODES)))).toEqual({ status: 409, ok: false, error: 'conflict', message: expect.stringContaining('"taken"') })
    const cyclic = { identifier: 'bad', nodes: [...NODES, { identifier: 'two', config: { type: 'NO_SUCH' } }], connections: [{ sourceIdentifier: 'one', targetIdentifier: 'nowhere' }] }
    const bad = told(await create(cyclic))
    expect(bad).toMatchObject({ status: 422, ok: false, error: 'invalid_workflow' })
    expect((bad as Json).details.map(({ path }: Json) => path)).toEqual(expect.arrayContaining(['nodes[1].config.type', 'connections[0].targetIdentifier']))
  })

  test('401 and 403', async () => {
    expect(told(await server.call('GET', '/v1/workflows', undefined, { authorization: 'Bearer er_nothing' }))).toMatchObject({ status: 401, ok: false, error: 'not_authenticated' })
    const member = await as(server, { sub: 'ann' })
    expect(told(await member.call('DELETE', '/v1/workflows/taken'))).toMatchObject({ status: 403, ok: false, error: 'not_allowed' })
    const viewer = await as(server, { sub: 'vic', role: 'viewer' })
    expect(told(await viewer.call('POST', '/v1/workflows', linear('x', NODES)))).toMatchObject({ status: 403, ok: false })
  })
})
