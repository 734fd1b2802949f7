import { afterAll, beforeAll, expect, test } from 'vitest'
import { linear, startTestServer, type TestServer } from '../harness.ts'
import { startReceiver, type Receiver } from '../receiver.ts'
import { as, CALLERS } from './callers.ts'

/** What Prometheus reads. */

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

/** The figures, by name and labels. */
const figures = async (): Promise<Map<string, number>> => {
  const response = await fetch(`${server.url}/metrics`)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]))
}

test('runs by status, the queue, how long steps and runs took, and deliveries', async () => {
  receiver.answer('/metrics', 500)
  await server.call('POST', '/api/v1/webhooks', { url: `${receiver.url}/metrics`, events: ['workflow_run.failed'] })
  await server.save(linear('works', [{ identifier: 'one', config: { type: 'TRANSFORM', value: 1 } }]))
  await server.save(linear('fails', [{ identifier: 'no', config: { type: 'FAIL', message: 'no' } }]))
  await server.save(linear('asks', [{ identifier: 'ask', config: { type: 'USER_INPUT', title: '?' } }]))
  for (const name of ['works', 'works', 'fails']) await server.settled((await server.run(name)).id)
  await server.until((await server.run('asks')).id, ({ awaiting }) => awaiting !== null)
  await receiver.until('/metrics', 1)
  await expect.poll(async () => (await figures()).get('errand_run_duration_seconds_count{status="failed"}')).toBe(1)
  await expect.poll(async () => (await figures()).get('errand_webhook_attempts_total{result="failed"}')).toBe(1)
  const found = await figures()
  const wanted = {
    'errand_runs{status="completed"}': 2,
    'errand_runs{status="failed"}': 1,
    'errand_runs{status="waiting"}': 1,
    'errand_runs{status="running"}': 0,
    errand_queue_length: 0,
    'errand_run_duration_seconds_count{status="completed"}': 2,
    'errand_step_duration_seconds_count{type="TRANSFORM"}': 2,
    'errand_step_failures_total{type="FAIL"}': 1,
    errand_webhook_deliveries_pending: 1,
  }
  expect(Object.fromEntries(Object.keys(wanted).map((name) => [name, found.get(name)]))).toEqual(wanted)
  for (const name of ['errand_database_bytes', 'errand_disk_free_bytes', 'process_resident_memory_bytes']) expect(found.get(name)).toBeGreaterThan(0)
})

test('no label holds an id, a name or an address', async () => {
  const labels = [...(await figures()).keys()].filter((name) => name.startsWith('errand_')).flatMap((name) => [...name.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => `${label}=${value}`))
  for (const label of labels) expect(label).toMatch(/^(status=[a-z]+|type=[A-Z_]+|result=[a-z]+|le=[\d.+Inf]+)$/)
})

test('it is for the operator: callers of other orgs, and strangers, do not get it', async () => {
  expect((await fetch(`${server.url}/metrics`, { headers: { 'x-forwarded-for': '192.0.2.1' } })).status).toBe(401)
  expect((await (await as(server, { sub: 'eve', org: 'elsewhere', role: 'admin' })).call('GET', '/metrics')).status).toBe(403)
  expect((await (await as(server, { sub: 'vic', org: 'default', role: 'viewer' })).call('GET', '/metrics')).status).toBe(200)
})
