import { afterAll, beforeAll, expect, test } from 'vitest'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { startReceiver, verified, type Receiver } from '../receiver.ts'

/** `callbackUrl`: whoever starts a run says who is to be told of it. */

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const RUNS = '/api/v1/workflow-runs'

let server: TestServer
let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
  server = await startTestServer()
  await server.save(linear('quick', [{ identifier: 'one', config: { type: 'TRANSFORM', value: 1 } }]))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

const at = (path: string) => ({ callbackUrl: receiver.url + path, callbackSecret: SECRET })
const told = async (path: string): Promise<Json[]> => (await receiver.until(path, 2)).map((one) => verified(SECRET, one))

const form = async (path: string): Promise<void> => {
  const body = new FormData()
  body.append('workflowId', 'quick')
  for (const [name, value] of Object.entries(at(path))) body.append(name, value)
  expect((await fetch(server.url + RUNS, { method: 'POST', body })).status).toBe(202)
}
const ended = async (): Promise<string> => (await server.call('POST', `${RUNS}/execute`, { workflowId: 'quick' })).body.workflowRun.id as string

const WAYS: [name: string, start: (path: string) => Promise<unknown>][] = [
  ['a start', (path) => server.call('POST', RUNS, { workflowId: 'quick', ...at(path) })],
  ['a form', form],
  ['a call that waits', (path) => server.call('POST', `${RUNS}/execute`, { workflowId: 'quick', ...at(path) })],
  ['a call that watches', (path) => server.call('POST', `${RUNS}/execute/stream`, { workflowId: 'quick', ...at(path) })],
  ['a rerun', async (path) => server.call('POST', `${RUNS}/${await ended()}/rerun`, at(path))],
  ["a start in Port's words", (path) => server.call('POST', '/v1/workflows/quick/runs', at(path))],
  ["a rerun in Port's words", async (path) => server.call('POST', `/v1/workflows/runs/${await ended()}/rerun`, at(path))],
]
test.each(WAYS)('%s may name who is told of the run, and of no other', async (name, start) => {
  const path = `/${name.replaceAll(/\W/g, '')}`
  await start(path)
  const [started, completed] = await told(path)
  expect([started!.type, completed!.type]).toEqual(['workflow_run.started', 'workflow_run.completed'])
  await ended()
  await server.call('POST', `${RUNS}/execute`, { workflowId: 'quick', ...at(`${path}/next`) })
  await told(`${path}/next`)
  expect(receiver.at(path)).toHaveLength(2)
})

test('a hook takes the address in its query, and what it is signed with is the secret of the org', async () => {
  const { token } = (await server.call('POST', '/api/v1/workflows/quick/hook')).body
  expect((await server.call('POST', `/api/v1/hooks/${token}?callbackUrl=${encodeURIComponent(`${receiver.url}/hook`)}`, {})).status).toBe(202)
  const [first] = await receiver.until('/hook', 2)
  const { callbackSecret } = (await server.call('GET', '/api/v1/signing-secret')).body
  expect(verified(callbackSecret as string, first!).type).toBe('workflow_run.started')
})

test('a start of a job, and a rerun of it, name who is told of the job run', async () => {
  const { id } = (await server.call('GET', '/api/v1/workflows/quick')).body.workflow as Json
  const { body } = await server.call('POST', '/api/v1/jobs', { name: 'Once', jobConfigJson: { workflowExecutionOrder: [id] } })
  const first = (await server.call('POST', '/api/v1/job-runs', { jobId: (body.job ?? body).id, ...at('/job') })).body
  expect((await told('/job')).map(({ type, data }) => [type, data.object.id])).toEqual([['job_run.started', first.id], ['job_run.completed', first.id]])
  const again = (await server.call('POST', `/api/v1/job-runs/${first.id}/rerun`, at('/job/again'))).body
  expect((await told('/job/again')).map(({ data }) => data.object.id)).toEqual([again.id, again.id])
  expect(receiver.at('/job')).toHaveLength(2)
  expect((await server.call('GET', `/api/v1/webhooks?jobRunId=${first.id}`)).body.webhooks).toMatchObject([{ url: `${receiver.url}/job`, jobRunId: first.id, workflowRunId: null }])
  expect((await server.call('GET', '/api/v1/webhooks')).body.webhooks).toEqual([])
})

test('what became of it is found by the run', async () => {
  const { body } = await server.call('POST', `${RUNS}/execute`, { workflowId: 'quick', ...at('/found') })
  await told('/found')
  const { webhooks } = (await server.call('GET', `/api/v1/webhooks?workflowRunId=${body.workflowRun.id}`)).body
  expect(webhooks).toMatchObject([{ url: `${receiver.url}/found`, workflowRunId: body.workflowRun.id }])
  const list = async (): Promise<Json[]> => (await server.call('GET', `/api/v1/webhooks/${webhooks[0].id}/deliveries`)).body.deliveries
  await expect.poll(list).toMatchObject([{ type: 'workflow_run.completed', status: 'delivered' }, { type: 'workflow_run.started', status: 'delivered' }])
  expect((await server.call('GET', '/api/v1/webhooks')).body.webhooks).toEqual([])
  expect((await server.call('PATCH', `/api/v1/webhooks/${webhooks[0].id}`, { url: 'https://elsewhere.test' })).status).toBe(409)
  expect((await server.call('POST', `/api/v1/webhooks/${webhooks[0].id}/rotate-secret`)).status).toBe(409)
})

test('a start that is repeated with its Idempotency-Key tells nobody twice', async () => {
  const start = () => server.call('POST', RUNS, { workflowId: 'quick', ...at('/once') }, { 'idempotency-key': 'k' })
  const [first, second] = [await start(), await start()]
  expect(second.body.id).toBe(first.body.id)
  await told('/once')
  expect((await server.call('GET', `/api/v1/webhooks?workflowRunId=${first.body.id}`)).body.pagination.total).toBe(1)
})

test('what is wrong is told before there is a run', async () => {
  const faults: [Json, string][] = [
    [{ callbackUrl: 'file:///etc/passwd' }, 'callbackUrl'],
    [{ callbackUrl: 'https://a.test', callbackSecret: 'whsec_short' }, 'callbackSecret'],
    [{ callbackSecret: SECRET }, 'callbackUrl'],
  ]
  const before = (await server.call('GET', RUNS)).body.pagination.total
  for (const [body, path] of faults) {
    const { status, body: answer } = await server.call('POST', RUNS, { workflowId: 'quick', ...body })
    expect({ body, status, paths: (answer.details as Json[]).map((fault) => fault.path) }).toEqual({ body, status: 400, paths: [path] })
  }
  expect((await server.call('GET', RUNS)).body.pagination.total).toBe(before)
})
