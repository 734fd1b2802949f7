import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseId } from '../../runner/model/id.ts'
import { startTestServer, type Json, type TestServer } from '../harness.ts'
import { startPortal, type Portal } from '../portal/portal.ts'

/** Nodes that other systems end, from the call that they get to what comes of their report. */

let server: TestServer
let portal: Portal
beforeAll(async () => {
  ;[server, portal] = await Promise.all([startTestServer(), startPortal()])
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await portal.close()
})

let count = 0
const startRun = async (node: Json, after: Json = {}) => {
  const { id } = await server.save({ identifier: `external_${++count}`, nodes: [{ identifier: 'call', ...node }, { identifier: 'after', config: { type: 'TRANSFORM', value: '{{ .outputs.call }}' }, ...after }] })
  const run = await server.run(id)
  const { activityRuns } = await server.until(run.id, ({ state }) => state === 'AWAITING_EXTERNAL')
  return { runId: run.id, node: activityRuns.find(({ stepId }) => stepId === 'call')! }
}
const report = async (runId: string, activityId: string, result: 'SUCCESS' | 'FAILED', output: unknown) => {
  const { log, engine, clock } = server.server.services
  await log.record(runId, [{ event: { type: 'activity.reported', activityId, report: { result, output, message: null } } }], { fence: null, at: clock.now() })
  await engine.poke(runId)
}

test('a webhook is called, signed, and waits for the report, which its variables then map', async () => {
  const { runId, node } = await startRun({ config: { type: 'WEBHOOK', url: `${portal.url}/echo`, synchronized: false, body: { month: '2026-01' } }, variables: { batch: '{{ .response.data.id }}' } })
  const [received] = portal.received
  expect(JSON.parse(received!.body)).toEqual({ context: { workflowRunId: expect.stringMatching(/^wfr_/), nodeRunId: expect.stringMatching(/^wfnr_/) }, payload: { month: '2026-01' } })
  expect(parseId(JSON.parse(received!.body).context.nodeRunId)).toBe(node.id)
  const { secret } = (await server.call('GET', '/api/v1/signing-secret')).body
  const wanted = createHmac('sha256', secret).update(`${received!.headers['x-port-timestamp']}.${received!.body}`).digest('base64')
  expect(received!.headers['x-port-signature']).toBe(`v1,${wanted}`)
  await report(runId, node.id, 'SUCCESS', { response: { status: 200, data: { id: 'b7' } } })
  expect((await server.settled(runId)).workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { call: { batch: 'b7' }, after: { batch: 'b7' } } })
})

test('a report of failure fails the run, or lets it go on', async () => {
  const integration = { config: { type: 'INTEGRATION_ACTION', installationId: 'gh' } }
  const failed = await startRun(integration)
  await report(failed.runId, failed.node.id, 'FAILED', null)
  expect((await server.settled(failed.runId)).workflowRun).toMatchObject({ state: 'FAILED', error: { code: 'step_failed', stepId: 'call' } })
  const went = await startRun({ ...integration, onFailure: 'continue' })
  await report(went.runId, went.node.id, 'FAILED', null)
  expect((await server.settled(went.runId)).workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { after: { error: { code: 'step_failed' } } } })
})

test.each([
  ['fail', { state: 'FAILED', error: { code: 'external_timeout' } }],
  ['continue', { state: 'COMPLETED', outputs: { call: { timeout: true } } }],
])('nobody reports: onTimeout %s', async (onTimeout, expected) => {
  const { id } = await server.save({ identifier: `external_${++count}`, nodes: [{ identifier: 'call', config: { type: 'WEBHOOK', url: 'https://acme.test', agent: true, timeoutMs: 10, onTimeout } }] })
  expect((await server.settled((await server.run(id)).id)).workflowRun).toMatchObject(expected)
})

test('the signing secret is the org’s own', () => {
  const { signingSecret } = server.server.services
  expect(signingSecret('a')).not.toBe(signingSecret('b'))
  expect(signingSecret('a')).toBe(signingSecret('a'))
})
