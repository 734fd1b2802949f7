import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signatureHeaders } from '../../server/webhook-secret.ts'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { startReceiver, verified, type Received, type Receiver } from '../receiver.ts'
import { as, CALLERS } from './callers.ts'

/** Who is told of what, by which words, and how they know that it is us. */

const ALL = ['workflow_run.started', 'workflow_run.awaiting_user_input', 'workflow_run.completed', 'workflow_run.completed_with_no_action_taken', 'workflow_run.failed', 'workflow_run.cancelled'] // prettier-ignore
const QUICK = [{ identifier: 'one', config: { type: 'TRANSFORM', value: { sum: 3 } } }]

let server: TestServer
let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
  server = await startTestServer(CALLERS)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

let count = 0
/** A workflow of its own, and a webhook that listens to it at a path of its own. */
const listen = async (nodes: Json[], { events = ALL, definition = {}, ...rest }: Json = {}) => {
  const name = `told_${++count}`
  const workflow = await server.save(linear(name, nodes, definition))
  const { status, body } = await server.call('POST', '/api/v1/webhooks', { url: `${receiver.url}/${name}`, events, workflowId: name, ...rest })
  expect(status).toBe(201)
  return { path: `/${name}`, workflow, webhook: body.webhook as Json, secret: body.secret as string }
}
const types = (received: Received[]): string[] => received.map(({ body }) => body.type as string)
const isFinal = ({ body }: Received): boolean => !/started|awaiting/.test(body.type as string)
const deliveriesOf = async ({ id }: Json, query = ''): Promise<Json[]> => (await server.call('GET', `/api/v1/webhooks/${id}/deliveries${query}`)).body.deliveries

describe('what is told', () => {
  test('a run that starts and completes is told in that order, as it was at the time, and signed so that the public package takes it', async () => {
    const { path, workflow, webhook, secret } = await listen(QUICK)
    const { id } = await server.run(workflow.id)
    const [started, completed] = await receiver.until(path, 2)
    const { workflowRun } = await server.settled(id)
    expect(verified(secret, started!)).toEqual({
      id: started!.id,
      object: 'event',
      type: 'workflow_run.started',
      created: workflowRun.startedAt,
      data: { object: { ...workflowRun, status: 'running', state: 'IN_PROGRESS', currentStateName: null, outputs: {}, completedAt: null, updatedAt: workflowRun.startedAt, durationMs: 0 }, error_message: null },
    })
    expect(verified(secret, completed!)).toEqual({ id: completed!.id, object: 'event', type: 'workflow_run.completed', created: workflowRun.completedAt, data: { object: workflowRun, error_message: null } })
    expect(started!.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-timestamp': expect.stringMatching(/^\d{10}$/), 'webhook-signature': expect.stringMatching(/^v1,\S+$/) })
    expect(() => verified('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', completed!)).toThrow(/signature/)
    await expect.poll(() => deliveriesOf(webhook)).toMatchObject([
      { eventId: completed!.id, type: 'workflow_run.completed', workflowRunId: id, status: 'delivered', attemptCount: 1, nextAttemptAt: null, attempts: [{ statusCode: 204, error: null }] },
      { eventId: started!.id, type: 'workflow_run.started', status: 'delivered' },
    ])
    const [last] = await deliveriesOf(webhook)
    expect((await server.call('GET', `/api/v1/webhooks/${webhook.id}/deliveries/${last!.id}`)).body).toEqual({ delivery: last, body: completed!.body })
  })

  test('a run that fails says why; one with nothing to do, and one that is cancelled, say so', async () => {
    const failing = await listen([{ identifier: 'no', config: { type: 'FAIL', message: 'The month is closed' } }])
    const idle = await listen([{ identifier: 'none', config: { type: 'NO_ACTION' } }])
    const asking = await listen([{ identifier: 'ask', config: { type: 'USER_INPUT', title: '?' } }])
    const runs = await Promise.all([failing, idle, asking].map(({ workflow }) => server.run(workflow.id)))
    await server.until(runs[2]!.id, ({ awaiting }) => awaiting !== null)
    await server.call('POST', `/api/v1/workflow-runs/${runs[2]!.id}/cancel`, { reason: 'Wrong month' })
    const [failed, nothing, cancelled] = (await Promise.all([failing, idle, asking].map(({ path }) => receiver.until(path, 1, isFinal)))).map(([one]) => one)
    expect(failed!.body).toMatchObject({ type: 'workflow_run.failed', data: { error_message: expect.stringContaining('The month is closed'), object: { state: 'FAILED', error: { code: 'step_failed' } } } })
    expect(nothing!.body).toMatchObject({ type: 'workflow_run.completed_with_no_action_taken', data: { error_message: null, object: { status: 'completed' } } })
    expect((await receiver.until(asking.path, 2))[1]!.body).toMatchObject({ type: 'workflow_run.awaiting_user_input', data: { object: { state: 'AWAITING_USER_INPUT', status: 'waiting', awaiting: { title: '?' } } } })
    expect(cancelled!.body).toMatchObject({ type: 'workflow_run.cancelled', data: { error_message: 'Wrong month', object: { status: 'cancelled' } } })
  })

  test('a run that waits for a person tells what it asks, once for each question, even when it goes on with something else meanwhile', async () => {
    const ask = (name: string) => ({ identifier: name, config: { type: 'USER_INPUT', title: `What is ${name}?`, userInputs: { properties: { code: { type: 'string', format: 'password' } } } } })
    const connect = (source: string, target: string) => ({ sourceIdentifier: source, targetIdentifier: target })
    const { path, workflow } = await listen([{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER' } }, ask('first'), { identifier: 'wait', config: { type: 'WEBHOOK', url: 'https://agent.test', agent: true } }, ask('second')], {
      definition: { connections: [connect('start', 'first'), connect('start', 'wait'), connect('first', 'second')] },
    })
    const { id } = await server.run(workflow.id)
    const answer = () => server.call('POST', `/api/v1/workflow-runs/${id}/input`, { values: { code: 'hunter2-hunter2' } })
    // Another node is reported while it waits, and it waits again for the same question.
    const { activityRuns } = await server.until(id, ({ awaiting }, all) => awaiting !== null && all.some(({ stepId, status }) => stepId === 'wait' && status === 'waiting'))
    await server.call('PATCH', `/v1/workflows/nodes/runs/${activityRuns.find(({ stepId }) => stepId === 'wait')!.identifier}`, { status: 'COMPLETED', result: 'SUCCESS' })
    const waitsAgain = (await server.until(id, ({ awaiting }, all) => awaiting !== null && all.some(({ stepId, status }) => stepId === 'wait' && status === 'completed'))).workflowRun
    await answer()
    await server.until(id, ({ awaiting }) => awaiting !== null && awaiting.formId !== waitsAgain.awaiting?.formId)
    await answer()
    const received = await receiver.until(path, 4)
    await receiver.until(path, 1, isFinal)
    expect(types(receiver.at(path))).toEqual(['workflow_run.started', 'workflow_run.awaiting_user_input', 'workflow_run.awaiting_user_input', 'workflow_run.completed'])
    expect(received.slice(1, 3).map(({ body }) => body.data.object.awaiting.title)).toEqual(['What is first?', 'What is second?'])
    expect(received[1]!.body.data.object).toMatchObject({ outputs: { start: {} }, awaiting: { status: 'pending', values: null } })
    expect(received[1]!.body.data.object.outputs).not.toHaveProperty('first')
    expect(receiver.received.some(({ text }) => text.includes('hunter2'))).toBe(false)
  })

  test('a job run that completes, and one that is halted, with the runs that they have done', async () => {
    await server.save(linear('job_works', QUICK))
    await server.save(linear('job_fails', [{ identifier: 'no', config: { type: 'FAIL', message: 'The month is closed' } }]))
    const ids = await Promise.all(['job_works', 'job_fails'].map(async (name) => (await server.call('GET', `/api/v1/workflows/${name}`)).body.workflow.id as string))
    const hook = (await server.call('POST', '/api/v1/webhooks', { url: `${receiver.url}/jobs`, events: ['job_run.started', 'job_run.completed', 'job_run.failed', 'workflow_run.completed'] })).body
    const start = async (workflowExecutionOrder: string[]): Promise<string> => {
      const { body } = await server.call('POST', '/api/v1/jobs', { name: `Job ${workflowExecutionOrder.length}`, jobConfigJson: { workflowExecutionOrder } })
      return (await server.call('POST', '/api/v1/job-runs', { jobId: (body.job ?? body).id })).body.id as string
    }
    const [good, bad] = [await start([ids[0]!]), await start([...ids, ids[0]!])]
    const of = (id: string) => ({ body }: Received) => body.data.object.id === id
    const [started, completed] = await receiver.until('/jobs', 2, of(good))
    const [, failed] = await receiver.until('/jobs', 2, of(bad))
    expect(verified(hook.secret as string, started!)).toMatchObject({ type: 'job_run.started', data: { object: { status: 'IN_PROGRESS', completedAt: null, workflowRuns: [] }, error_message: null } })
    expect(completed!.body).toMatchObject({ type: 'job_run.completed', data: { object: { status: 'COMPLETED', workflowRuns: [{ workflowIdentifier: 'job_works', state: 'COMPLETED' }] } } })
    expect(failed!.body).toMatchObject({ type: 'job_run.failed', data: { object: { status: 'FAILED', workflowRuns: [{ state: 'COMPLETED' }, { state: 'FAILED' }] }, error_message: expect.stringContaining('The month is closed') } })
    await expect.poll(async () => (await deliveriesOf(hook.webhook as Json, '?limit=100')).filter(({ jobRunId, status }) => jobRunId === good && status === 'delivered').length).toBe(2)
    await server.call('DELETE', `/api/v1/webhooks/${hook.webhook.id}`)
  })

  test('a file is told with an address that gives it without credentials', async () => {
    const { path, workflow } = await listen([{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { doc: { type: 'string', format: 'file' } } } } }, ...QUICK], { events: ['artifact.created'] })
    const form = new FormData()
    form.append('workflowId', workflow.id)
    form.append('inputs[doc]', new Blob(['to be read']), 'doc.txt')
    await fetch(`${server.url}/api/v1/workflow-runs`, { method: 'POST', body: form })
    const [told] = await receiver.until(path, 1)
    expect(told!.body).toMatchObject({ type: 'artifact.created', data: { object: { displayName: 'doc.txt', type: 'input_file', fileSizeBytes: 10 }, error_message: null } })
    expect(await (await fetch(told!.body.data.object.signedUrl as string, { headers: { 'x-forwarded-for': '192.0.2.1' } })).text()).toBe('to be read')
  })

  test('only what was asked for, of the workflow that was asked for, and from then on', async () => {
    const { path, workflow } = await listen(QUICK, { events: ['workflow_run.failed', 'workflow_run.completed', 'workflow_run.completed'] })
    const other = await server.save(linear(`quiet_${count}`, QUICK))
    await server.settled((await server.run(other.id)).id)
    await server.settled((await server.run(workflow.id)).id)
    await receiver.until(path, 1)
    // What is there later has not heard of it, and both hear of the next.
    const late = (await server.call('POST', '/api/v1/webhooks', { url: `${receiver.url}${path}/late`, events: ALL, workflowId: workflow.id })).body.webhook
    const { id } = await server.settled((await server.run(workflow.id)).id).then(({ workflowRun }) => workflowRun)
    await receiver.until(`${path}/late`, 2)
    await receiver.until(path, 2)
    expect(types(receiver.at(path))).toEqual(['workflow_run.completed', 'workflow_run.completed'])
    expect(receiver.at(`${path}/late`).map(({ body }) => body.data.object.id)).toEqual([id, id])
    expect(late.workflowId).toBe(workflow.id)
    // One event has one id, whoever is told of it.
    expect(receiver.at(`${path}/late`)[1]!.id).toBe(receiver.at(path)[1]!.id)
  })
})

describe('who is told', () => {
  test('nobody of another org, and nobody of runs that they may not see', async () => {
    const [anna, ben, ada, eve] = await Promise.all([as(server, { sub: 'anna' }), as(server, { sub: 'ben' }), as(server, { sub: 'ada', role: 'admin' }), as(server, { sub: 'eve', org: 'elsewhere', role: 'admin' })])
    await anna.call('POST', '/api/v1/workflows', linear('hidden', QUICK, { allowAnyoneToViewRuns: false }))
    const events = ['workflow_run.completed']
    const hooks: Record<string, Json> = {}
    for (const [name, caller] of Object.entries({ anna, ben, ada, eve })) hooks[name] = (await caller.call('POST', '/api/v1/webhooks', { url: `${receiver.url}/who/${name}`, events })).body.webhook
    const run = (caller: typeof anna) => caller.call('POST', '/api/v1/workflow-runs/execute', { workflowId: 'hidden' })
    await run(anna)
    await run(ada)
    await receiver.until('/who/ada', 2)
    await receiver.until('/who/anna', 1)
    expect(receiver.at('/who/anna').map(({ body }) => body.data.object.createdByUserId)).toEqual(['anna'])
    expect([...receiver.at('/who/ben'), ...receiver.at('/who/eve')]).toEqual([])
    // A member who turns an admin's webhook to himself hears what a member may hear.
    await ben.call('PATCH', `/api/v1/webhooks/${hooks.ada!.id}`, { url: `${receiver.url}/who/turned` })
    await ben.call('POST', '/api/v1/workflows', linear('open', QUICK))
    await run(anna)
    await ben.call('POST', '/api/v1/workflow-runs/execute', { workflowId: 'open' })
    await receiver.until('/who/turned', 1)
    expect(receiver.at('/who/turned').map(({ body }) => body.data.object.workflowIdentifier)).toEqual(['open'])
    // Nor are deliveries of hidden runs listed to him.
    const listed = async (caller: typeof anna) => (await caller.call('GET', `/api/v1/webhooks/${hooks.ada!.id}/deliveries`)).body.pagination.total as number
    expect([await listed(ada), await listed(ben)]).toEqual([3, 1])
    for (const [method, path] of [['GET', ''], ['PATCH', ''], ['DELETE', ''], ['POST', '/ping'], ['POST', '/rotate-secret'], ['GET', '/deliveries'], ['POST', '/redeliver-failed']] as const)
      expect({ method, path, status: (await eve.call(method, `/api/v1/webhooks/${hooks.anna!.id}${path}`, method === 'GET' ? undefined : path === '/redeliver-failed' ? { since: '2026-01-01' } : {})).status }).toEqual({ method, path, status: 404 })
  })

  test('nor what was left to tell them when the webhook is turned to somebody else, by hand or by itself', async () => {
    const [ben, ada] = await Promise.all([as(server, { sub: 'ben', org: 'turned' }), as(server, { sub: 'ada', role: 'admin', org: 'turned' })])
    const { id } = (await ada.call('POST', '/api/v1/workflows', linear('hidden', QUICK, { allowAnyoneToViewRuns: false }))).body.workflow
    receiver.answer('/ada', 500)
    const { webhook } = (await ada.call('POST', '/api/v1/webhooks', { url: `${receiver.url}/ada`, events: ['workflow_run.completed', 'job_run.completed'] })).body
    const job = (await ada.call('POST', '/api/v1/jobs', { name: 'Hidden', jobConfigJson: { workflowExecutionOrder: [id] } })).body
    await ada.call('POST', '/api/v1/job-runs', { jobId: (job.job ?? job).id })
    await receiver.until('/ada', 2)
    await expect.poll(async () => ((await ada.call('GET', `/api/v1/webhooks/${webhook.id}/deliveries`)).body.deliveries as Json[]).map(({ attemptCount }) => attemptCount as number)).toEqual([1, 1])
    await ben.call('PATCH', `/api/v1/webhooks/${webhook.id}`, { url: `${receiver.url}/ben`, enabled: false })
    await ben.call('PATCH', `/api/v1/webhooks/${webhook.id}`, { enabled: true })
    await ben.call('POST', `/api/v1/webhooks/${webhook.id}/redeliver-failed`, { since: '2026-01-01' })
    const told = await receiver.until('/ben', 2)
    expect(told.map(({ body }) => body.data as Json)).toEqual([{ object: null, error_message: null }, { object: null, error_message: null }])
    const [delivery] = (await ada.call('GET', `/api/v1/webhooks/${webhook.id}/deliveries`)).body.deliveries
    expect((await ada.call('GET', `/api/v1/webhooks/${webhook.id}/deliveries/${delivery.id}`)).body.body.data).toEqual({ object: null, error_message: null })
  })

  test('viewers read, members set up; all of it is in the audit log', async () => {
    const { webhook } = await listen(QUICK)
    const [vic, mia, ada] = await Promise.all([as(server, { sub: 'vic', role: 'viewer', org: 'default' }), as(server, { sub: 'mia', org: 'default' }), as(server, { sub: 'ada', role: 'admin', org: 'default' })])
    const path = `/api/v1/webhooks/${webhook.id}`
    for (const [method, at, body] of [['POST', '/api/v1/webhooks', { url: receiver.url, events: ALL }], ['PATCH', path, {}], ['POST', `${path}/ping`], ['POST', `${path}/rotate-secret`], ['POST', `${path}/redeliver-failed`, { since: '2026-01-01' }], ['DELETE', path]] as const) {
      expect({ method, at, status: (await vic.call(method, at, body)).status }).toEqual({ method, at, status: 403 })
    }
    expect((await vic.call('GET', path)).body).toEqual({ webhook })
    expect((await mia.call('POST', `${path}/rotate-secret`)).status).toBe(200)
    expect((await mia.call('PATCH', path, { description: 'For the books' })).body.webhook).toMatchObject({ description: 'For the books', url: webhook.url })
    expect((await mia.call('DELETE', path)).status).toBe(204)
    expect((await vic.call('GET', path)).status).toBe(404)
    const { entries } = (await ada.call('GET', `/api/v1/audit?targetId=${webhook.id}`)).body
    expect((entries as Json[]).map(({ action, actorId }) => `${actorId} ${action}`)).toEqual(['mia DELETE /api/v1/webhooks/:webhookId', 'mia PATCH /api/v1/webhooks/:webhookId', 'mia POST /api/v1/webhooks/:webhookId/rotate-secret', 'null POST /api/v1/webhooks'])
  })

  test('a list goes by page and by cursor, newest first', async () => {
    const made = [(await listen(QUICK)).webhook, (await listen(QUICK)).webhook]
    const first = (await server.call('GET', '/api/v1/webhooks?cursor=&limit=1')).body
    const second = (await server.call('GET', `/api/v1/webhooks?limit=1&cursor=${first.pagination.nextCursor}`)).body
    expect([first.webhooks[0].id, second.webhooks[0].id]).toEqual([made[1]!.id, made[0]!.id])
    expect(first.webhooks[0]).not.toHaveProperty('secret')
  })

  const wrong: [name: string, body: Json, path: string][] = [
    ['no address', { events: ALL }, 'url'],
    ['an address of another kind', { url: 'ftp://files.example', events: ALL }, 'url'],
    ['an address with a password', { url: 'https://me:secret@example.test', events: ALL }, 'url'],
    ['no events', { url: 'https://example.test', events: [] }, 'events'],
    ['an event that there is not', { url: 'https://example.test', events: ['workflow_run.exploded'] }, 'events[0]'],
    ['a secret of their own', { url: 'https://example.test', events: ALL, secret: 'x' }, 'secret'],
  ]
  test.each(wrong)('what is wrong is told: %s', async (_name, body, path) => {
    const { status, body: answer } = await server.call('POST', '/api/v1/webhooks', body)
    expect({ status, code: answer.code, paths: (answer.details as Json[]).map((fault) => fault.path) }).toEqual({ status: 400, code: 'invalid_request', paths: [path] })
  })

  test('a workflow that there is not', async () => {
    expect((await server.call('POST', '/api/v1/webhooks', { url: receiver.url, events: ALL, workflowId: 'nowhere' })).status).toBe(404)
  })
})

describe('signatures', () => {
  test('the vector that Standard Webhooks publishes comes out', () => {
    expect(signatureHeaders(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_000, '{"test": 2432232314}')).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  test('the store holds no secret in clear', async () => {
    const { secret } = await listen(QUICK)
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
    for (const file of ['errand.sqlite', 'errand.sqlite-wal']) {
      const bytes = readFileSync(join(server.dataDir, file))
      expect([bytes.includes(secret.slice(6)), bytes.includes(key)]).toEqual([false, false])
    }
  })

  test('a ping tells whether the receiver is there, and is tried once', async () => {
    const { path, webhook, secret } = await listen(QUICK)
    const ping = async () => {
      const { status, headers } = await server.call('POST', `/api/v1/webhooks/${webhook.id}/ping`)
      expect(status).toBe(202)
      const get = async (): Promise<Json> => (await server.call('GET', headers.get('location')!)).body.delivery
      await expect.poll(async () => (await get()).status).not.toBe('pending')
      return get()
    }
    expect(await ping()).toMatchObject({ type: 'webhook.ping', status: 'delivered', workflowRunId: null })
    expect(verified(secret, receiver.at(path)[0]!)).toMatchObject({ type: 'webhook.ping', data: { object: { id: webhook.id, url: webhook.url } } })
    receiver.answer(path, (response) => response.writeHead(500).end('I am\u0000 broken'))
    expect(await ping()).toMatchObject({ status: 'failed', attemptCount: 1, attempts: [{ statusCode: 500 }], response: 'I am broken', nextAttemptAt: null })
  })
})

test('what nobody answered well is tried again after some five seconds, although nothing else happens', async () => {
  const { path, workflow, webhook } = await listen(QUICK, { events: ['workflow_run.completed'] })
  receiver.answer(path, 500)
  await server.call('POST', '/api/v1/workflow-runs/execute', { workflowId: workflow.id })
  await receiver.until(path, 1)
  receiver.answer(path, 204)
  await receiver.until(path, 2)
  const attempts = async (): Promise<Json[]> => (await deliveriesOf(webhook))[0]!.attempts as Json[]
  await expect.poll(async () => (await attempts()).length).toBe(2)
  const [first, second] = (await attempts()).map(({ at }) => Date.parse(at as string))
  expect(second! - first!).toBeGreaterThanOrEqual(5_000)
  expect(second! - first!).toBeLessThan(30_000)
})
