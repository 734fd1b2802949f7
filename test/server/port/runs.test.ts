import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linear, startTestServer, type Json, type TestServer } from '../../harness.ts'
import { as, CALLERS } from '../callers.ts'
import { askNode, isWaiting } from './ask-node.ts'

const START = { identifier: 'start', title: 'Start', icon: 'Play', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { month: { type: 'string' } }, required: ['month'] } } }
const double = (identifier: string, more: Json = {}) => ({ identifier, config: { type: 'TRANSFORM', value: { month: '{{ .outputs.start.month }}' } }, ...more })
const FAIL = { identifier: 'stop', config: { type: 'FAIL', message: 'not today' } }

let server: TestServer
beforeAll(async () => {
  server = await startTestServer(CALLERS)
  await server.save(linear('good', [START, double('copy')]))
  await server.save(linear('bad', [START, double('copy'), FAIL]))
  await server.save(linear('waits', [START, askNode()]))
})
afterAll(() => server[Symbol.asyncDispose]())

const start = (workflow: string, inputs: Json = { month: '2026-01' }) => server.call('POST', `/v1/workflows/${workflow}/runs`, { inputs })
const started = async (workflow: string): Promise<string> => (await start(workflow)).body.run.identifier as string
const ended = async (workflow: string): Promise<string> => {
  const run = await started(workflow)
  await server.settled(run)
  return run
}
const list = async (query: string): Promise<string[]> => ((await server.call('GET', `/v1/workflows/runs?${query}`)).body.runs as Json[]).map(({ identifier }) => identifier as string)

test('a run is started with inputs, and is in progress without a result', async () => {
  const { status, headers, body } = await start('good')
  expect(status).toBe(202)
  expect(headers.get('location')).toBe(`/v1/workflows/runs/${body.run.identifier}`)
  expect(body).toMatchObject({ ok: true, run: { identifier: expect.stringMatching(/^wfr_[0-9a-f]{32}$/), status: 'IN_PROGRESS', result: null, workflow: { identifier: 'good', version: 1 }, variables: { inputs: { month: '2026-01' }, outputs: {} }, completedAt: null, nodeRuns: [] } })
})

test('inputs are checked before there is a run', async () => {
  const { status, body } = await start('good', { mont: 'x' })
  expect({ status, ...body }).toMatchObject({ status: 400, ok: false, error: 'invalid_request' })
  expect((body.details as Json[]).map(({ path }) => path as string).sort()).toEqual(['inputs.mont', 'inputs.month'])
  expect((await start('nobody')).status).toBe(404)
})

test('the same Idempotency-Key starts one run', async () => {
  const again = () => server.call('POST', '/v1/workflows/good/runs', { inputs: { month: 'x' } }, { 'idempotency-key': 'k1' })
  expect((await again()).body).toEqual((await again()).body)
})

test('a run that has ended shows its path, the output of each node, and how each ended', async () => {
  const identifier = await ended('bad')
  const { status, body } = await server.call('GET', `/v1/workflows/runs/${identifier}`)
  expect({ status, ok: body.ok }).toEqual({ status: 200, ok: true })
  expect(body.run).toMatchObject({
    identifier,
    status: 'COMPLETED',
    result: 'FAILED',
    error: { code: 'step_failed', message: 'not today' },
    completedAt: expect.any(String),
    variables: { outputs: { start: { month: '2026-01' }, copy: { month: '2026-01' } } },
    nodeRunsTotal: 3,
  })
  expect((body.run.nodeRuns as Json[]).map(({ node, nodeTitle, nodeIcon, nodeConfigType, status: state, result, output }) => ({ id: node.identifier, nodeTitle, nodeIcon, nodeConfigType, state, result, output }))).toEqual([
    { id: 'start', nodeTitle: 'Start', nodeIcon: 'Play', nodeConfigType: 'SELF_SERVE_TRIGGER', state: 'COMPLETED', result: 'SUCCESS', output: { month: '2026-01' } },
    { id: 'copy', nodeTitle: null, nodeIcon: null, nodeConfigType: 'TRANSFORM', state: 'COMPLETED', result: 'SUCCESS', output: { month: '2026-01' } },
    { id: 'stop', nodeTitle: null, nodeIcon: null, nodeConfigType: 'FAIL', state: 'COMPLETED', result: 'FAILED', output: null },
  ])
})

test('a run answers to its UUID as well, and to If-None-Match', async () => {
  const identifier = await ended('good')
  const { workflowRun } = await server.get(identifier)
  const first = await server.call('GET', `/v1/workflows/runs/${workflowRun.id}`)
  expect(first.body.run.identifier).toBe(identifier)
  expect((await server.call('GET', `/v1/workflows/runs/${identifier}`, undefined, { 'if-none-match': first.headers.get('etag')! })).status).toBe(304)
  for (const id of ['wfr_1', 'nobody', 'wfr_0197d0d0000070008000000000000000']) expect((await server.call('GET', `/v1/workflows/runs/${id}`)).status).toBe(404)
})

test('the list is filtered by workflows, status and result', async () => {
  for (const name of ['list_good', 'list_bad', 'list_waits']) await server.save(linear(name, [START, name === 'list_bad' ? FAIL : name === 'list_waits' ? askNode() : double('copy')]))
  const [good, bad, waits] = [await ended('list_good'), await ended('list_bad'), await started('list_waits')]
  await server.until(waits, isWaiting)
  const all = 'workflowIdentifiers=list_good,list_bad,list_waits'
  expect(await list(all)).toEqual([waits, bad, good])
  expect(await list('workflowIdentifiers=list_good&workflowIdentifiers=list_bad')).toEqual([bad, good])
  expect(await list('workflowIdentifiers=list_good')).toEqual([good])
  expect(await list('workflowIdentifiers=nobody')).toEqual([])
  expect(await list(`${all}&status=IN_PROGRESS`)).toEqual([waits])
  expect(await list(`${all}&status=COMPLETED`)).toEqual([bad, good])
  expect(await list(`${all}&result=SUCCESS`)).toEqual([good])
  expect(await list(`${all}&result=FAILED`)).toEqual([bad])
  expect(await list(`${all}&result=CANCELLED`)).toEqual([])
  expect(await list(`${all}&status=IN_PROGRESS&result=SUCCESS`)).toEqual([])
  const { body } = await server.call('GET', `/v1/workflows/runs?${all}&limit=2`)
  expect(body.pagination).toEqual({ page: 1, limit: 2, total: 3, totalPages: 2 })
  expect((body.runs as Json[])[0]!.nodeRuns).toMatchObject([{ node: { identifier: 'start' } }, { node: { identifier: 'ask' }, status: 'IN_PROGRESS', result: null }])
  expect((await server.call('GET', '/v1/workflows/runs?status=DONE')).status).toBe(400)
})

describe('who may view a run', () => {
  test('of a workflow that hides its runs: who started it, admins and machines; for others it is not there', async () => {
    const admin = await as(server, { sub: 'root', role: 'admin' })
    await admin.call('POST', '/v1/workflows', linear('secretive', [START, double('copy')], { allowAnyoneToViewRuns: false }))
    const ann = await as(server, { sub: 'ann' })
    const { identifier } = (await ann.call('POST', '/v1/workflows/secretive/runs', { inputs: { month: 'x' } })).body.run as Json
    const sees = async (who: Awaited<ReturnType<typeof as>>) => ({
      get: (await who.call('GET', `/v1/workflows/runs/${identifier}`)).status,
      listed: ((await who.call('GET', '/v1/workflows/runs?workflowIdentifiers=secretive')).body.runs as Json[]).length,
      nodes: ((await who.call('GET', `/v1/workflows/nodes/runs?workflow_run_id=${identifier}&limit=1`)).body.nodeRuns as Json[]).length,
    })
    await expect.poll(() => sees(ann)).toEqual({ get: 200, listed: 1, nodes: 1 })
    expect(await sees(admin)).toEqual({ get: 200, listed: 1, nodes: 1 })
    expect(await sees(await as(server, { sub: 'robot', isMachine: true }))).toEqual({ get: 200, listed: 1, nodes: 1 })
    expect(await sees(await as(server, { sub: 'bob' }))).toEqual({ get: 404, listed: 0, nodes: 0 })
    expect(await sees(await as(server, { sub: 'root', org: 'other', role: 'admin' }))).toEqual({ get: 404, listed: 0, nodes: 0 })
  })
})

describe('cancelling', () => {
  test.each([[{}, ''], [{ force: true, reason: 'enough' }, ''], [undefined, '?force=true']])('a waiting run with %j%s ends it as CANCELLED', async (body, query) => {
    const identifier = await started('waits')
    await server.until(identifier, isWaiting)
    const answer = await server.call('POST', `/v1/workflows/runs/${identifier}/cancel${query}`, body)
    expect(answer).toMatchObject({ status: 200, body: { ok: true, run: { status: 'COMPLETED', result: 'CANCELLED' } } })
    expect((answer.body.run.nodeRuns as Json[]).map(({ result }) => result)).toEqual(['SUCCESS', 'CANCELLED'])
    expect((await server.call('POST', `/v1/workflows/runs/${identifier}/cancel`)).status).toBe(409)
  })

  test('an unknown run is 404', async () => {
    expect((await server.call('POST', '/v1/workflows/runs/wfr_0197d0d0000070008000000000000000/cancel')).status).toBe(404)
  })
})

describe('running again', () => {
  test('from a node keeps what came before, with the original version or the latest', async () => {
    await server.save(linear('again', [START, double('copy'), FAIL]))
    const identifier = await ended('again')
    await server.call('PATCH', '/v1/workflows/again', { nodes: [START, double('copy'), { identifier: 'stop', config: { type: 'TRANSFORM', value: { fixed: true } } }] })
    const rerun = async (body: Json) => {
      const answer = await server.call('POST', `/v1/workflows/runs/${identifier}/rerun`, body)
      expect(answer).toMatchObject({ status: 202, body: { ok: true, run: { rerunOf: identifier, status: 'IN_PROGRESS' } } })
      await server.settled(answer.body.run.identifier as string)
      return (await server.call('GET', `/v1/workflows/runs/${answer.body.run.identifier}`)).body.run as Json
    }
    expect(await rerun({ fromNode: 'stop' })).toMatchObject({ result: 'FAILED', workflow: { version: 1 } })
    expect(await rerun({ fromNode: 'stop', version: 'latest' })).toMatchObject({ result: 'SUCCESS', workflow: { version: 2 }, variables: { outputs: { copy: { month: '2026-01' }, stop: { fixed: true } } } })
    expect(await rerun({ version: 'latest', inputs: { month: '2026-02' } })).toMatchObject({ variables: { outputs: { copy: { month: '2026-02' } } } })
    expect((await server.call('POST', `/v1/workflows/runs/${identifier}/rerun`, { fromNode: 'nowhere' })).status).toBe(400)
  })

  test('is refused while it goes on', async () => {
    const identifier = await started('waits')
    expect((await server.call('POST', `/v1/workflows/runs/${identifier}/rerun`)).status).toBe(409)
  })
})
