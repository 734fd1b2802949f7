import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type Json, type TestServer } from '../harness.ts'
import { as, CALLERS } from './callers.ts'

/** The address that starts a workflow without an account. */

let server: TestServer
let member: Awaited<ReturnType<typeof as>>
beforeAll(async () => {
  // Nobody is trusted for where they call from: what works here works by the address alone.
  server = await startTestServer({ ...CALLERS, TRUSTED_NETWORKS: '' })
  member = await as(server, { sub: 'mia' })
})
afterAll(() => server[Symbol.asyncDispose]())

let count = 0
const start: Json = { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { month: { type: 'string' } }, required: ['month'] } } }
const save = async (nodes: Json[] = [start, { identifier: 'echo', config: { type: 'TRANSFORM', value: '{{ .inputs }}' } }]): Promise<Json> =>
  (await member.call('POST', '/api/v1/workflows', { identifier: `hooked_${++count}`, nodes })).body.workflow
const hookOf = async (workflow: Json): Promise<Json> => (await member.call('POST', `/api/v1/workflows/${workflow.id}/hook`)).body
const call = (token: string, body?: unknown, headers?: Record<string, string>) => server.call('POST', `/api/v1/hooks/${token}`, body, headers)
const runsOf = async ({ id }: Json): Promise<Json[]> => (await member.call('GET', `/api/v1/workflow-runs?workflowId=${id}`)).body.workflowRuns

test('whoever has the address starts the workflow with a body as its inputs', async () => {
  const workflow = await save()
  const { url, token } = await hookOf(workflow)
  expect(url).toBe(`${server.url}/api/v1/hooks/${token}`)
  const { status, body } = await call(token, { month: '2026-01' })
  expect(status).toBe(202)
  expect(body).toEqual({ workflowRun: { id: expect.any(String), identifier: expect.stringMatching(/^wfr_/), status: 'scheduled', state: 'PENDING' } })
  expect(await runsOf(workflow)).toMatchObject([{ id: body.workflowRun.id, inputs: [{ name: 'month', value: '2026-01' }], createdByUserId: `hook:${workflow.id}` }])
})

test('inputs are checked before there is a run', async () => {
  const workflow = await save()
  const { token } = await hookOf(workflow)
  for (const body of [undefined, {}, { month: 1 }, { month: 'x', year: 1 }, [], 'no json', { month: 'x', ['__proto__x']: 1 }]) expect((await call(token, body)).status).toBe(400)
  expect(await runsOf(workflow)).toEqual([])
})

test('a new address ends the one before; taking it away ends it', async () => {
  const workflow = await save()
  const { token: first } = await hookOf(workflow)
  const { token: second } = await hookOf(workflow)
  expect(second).not.toBe(first)
  expect(await call(first, { month: 'x' })).toMatchObject({ status: 404, body: { code: 'not_found' } })
  expect((await call(second, { month: 'x' })).status).toBe(202)
  expect((await member.call('DELETE', `/api/v1/workflows/${workflow.id}/hook`)).status).toBe(204)
  expect((await call(second, { month: 'x' })).status).toBe(404)
  expect((await member.call('DELETE', `/api/v1/workflows/${workflow.id}/hook`)).status).toBe(404)
})

test('whether there is one is told, and it itself is not', async () => {
  const workflow = await save()
  const look = async () => (await member.call('GET', `/api/v1/workflows/${workflow.id}/hook`)).body
  expect(await look()).toEqual({ hook: null })
  await hookOf(workflow)
  expect(await look()).toEqual({ hook: { createdAt: expect.any(String), createdByUserId: 'mia' } })
})

test('a deleted workflow answers no more, nor does an address that never was', async () => {
  const workflow = await save()
  const { token } = await hookOf(workflow)
  await (await as(server, { sub: 'ann', role: 'admin' })).call('DELETE', `/api/v1/workflows/${workflow.id}`)
  for (const wrong of [token, `${token}x`, token.toLowerCase(), 'hk_', '%00', 'x'.repeat(101)]) expect((await call(wrong, { month: 'x' })).status).toBe(404)
})

test('an address opens nothing else, and only members of the org make or end one', async () => {
  const workflow = await save()
  const { token } = await hookOf(workflow)
  expect((await server.call('GET', '/api/v1/workflows', undefined, { authorization: `Bearer ${token}` })).status).toBe(401)
  expect((await server.call('POST', `/api/v1/workflows/${workflow.id}/hook`)).status).toBe(401)
  const path = `/api/v1/workflows/${workflow.id}/hook`
  expect((await (await as(server, { sub: 'vic', role: 'viewer' })).call('POST', path)).status).toBe(403)
  const other = await as(server, { sub: 'eve', org: 'other', role: 'admin' })
  expect((await other.call('POST', path)).status).toBe(404)
  expect((await other.call('DELETE', path)).status).toBe(404)
  expect((await call(token, { month: 'x' })).status).toBe(202)
})

test('a workflow without a self-serve trigger gets no address', async () => {
  const workflow = await save([{ identifier: 'on', config: { type: 'EVENT_TRIGGER', event: { type: 'ENTITY_CREATED', blueprintIdentifier: 'x' } } }, { identifier: 'a', config: { type: 'NO_ACTION' } }])
  expect((await member.call('POST', `/api/v1/workflows/${workflow.id}/hook`)).status).toBe(409)
})

test('a call sent again with the same Idempotency-Key starts no second run', async () => {
  const workflow = await save()
  const { token } = await hookOf(workflow)
  const first = await call(token, { month: 'x' }, { 'idempotency-key': 'k1' })
  expect((await call(token, { month: 'x' }, { 'idempotency-key': 'k1' })).body).toEqual(first.body)
  expect((await call(token, { month: 'y' }, { 'idempotency-key': 'k1' })).status).toBe(409)
  expect(await runsOf(workflow)).toHaveLength(1)
})

test('the store holds no token', async () => {
  const { token } = await hookOf(await save())
  await call(token, { month: 'x' }, { 'idempotency-key': 'k2' })
  for (const file of ['errand.sqlite', 'errand.sqlite-wal']) expect(readFileSync(join(server.dataDir, file)).includes(token)).toBe(false)
})

test('calls of a hook are counted, each hook for itself', async () => {
  await using small = await startTestServer({ ...CALLERS, TRUSTED_NETWORKS: '', RATE_LIMIT_PER_MINUTE: '5' })
  const mia = await as(small, { sub: 'mia' })
  const hooks: string[] = []
  for (const identifier of ['a', 'b']) {
    await mia.call('POST', '/api/v1/workflows', { identifier, nodes: [{ identifier: 'end', config: { type: 'NO_ACTION' } }] })
    hooks.push((await mia.call('POST', `/api/v1/workflows/${identifier}/hook`)).body.token)
  }
  const statuses: number[] = []
  for (let i = 0; i < 6; i++) statuses.push((await small.call('POST', `/api/v1/hooks/${hooks[0]}`, {})).status)
  expect(statuses).toEqual([202, 202, 202, 202, 202, 429])
  expect((await small.call('POST', `/api/v1/hooks/${hooks[1]}`, {})).status).toBe(202)
})
