import { createHmac } from 'node:crypto'
import { rmSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseId } from '../../runner/model/id.ts'
import { createClock } from '../../server/clock.ts'
import { startApiServer } from '../api-server.ts'
import { startTestServer, tempDir, type Json, type TestServer } from '../harness.ts'
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
  const { status } = await server.call('PATCH', `/v1/workflows/runs/${runId}/nodes/${activityId}`, { status: 'COMPLETED', result, ...(output === null ? {} : { output }) })
  expect(status).toBe(200)
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

test('onFailure in the config, where Port has it, counts as on the node, and is given back where it was', async () => {
  const config = { type: 'INTEGRATION_ACTION', installationId: 'gh', onFailure: 'continue' }
  const { runId, node } = await startRun({ config })
  await report(runId, node.id, 'FAILED', null)
  const { workflowRun } = await server.settled(runId)
  expect(workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { after: { error: { code: 'step_failed' } } } })
  expect((await server.call('GET', `/v1/workflows/${workflowRun.workflowIdentifier}`)).body.workflow.nodes[0]).toEqual({ identifier: 'call', config })
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

test('a pipeline is looked at from where it was, also after a restart, and is started once', async () => {
  const pipeline = (status: string) => ({ status: 200, body: { id: 7, status, web_url: 'https://gitlab.test/7' } })
  await using gitlab = await startApiServer({ 'POST /api/v4/projects/p/pipeline': [pipeline('created')], 'GET /api/v4/projects/p/pipelines/7': [pipeline('running'), pipeline('success')] })
  const dataDir = tempDir()
  // Each server is started a minute after the one before.
  let aheadMs = 0
  const open = () => startTestServer({}, { dataDir, clock: { ...createClock(), now: () => Date.now() + aheadMs } })
  const waitsAt = async (at: TestServer, runId: string, status: string) => {
    await at.until(runId, ({ state }, activityRuns) => state === 'AWAITING_EXTERNAL' && activityRuns.some(({ stepId, outputs }) => stepId === 'call' && (outputs as Json).status === status))
    await at.server.stop()
    aheadMs += 60_000
  }
  const first = await open()
  const { id } = await first.save({ identifier: 'pipeline', nodes: [{ identifier: 'call', config: { type: 'GITLAB', baseUrl: gitlab.url, token: 't', project: 'p', reportStatus: true, pollMs: 60_000 } }] })
  const run = await first.run(id)
  const { activityRuns } = await first.until(run.id, ({ state }) => state === 'AWAITING_EXTERNAL')
  expect(activityRuns.find(({ stepId }) => stepId === 'call')?.outputs).toMatchObject({ runUrl: 'https://gitlab.test/7', status: 'created' })
  await waitsAt(first, run.id, 'created')
  await waitsAt(await open(), run.id, 'running')
  await using last = await open()
  expect((await last.settled(run.id)).workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { call: { runUrl: 'https://gitlab.test/7', status: 'success', conclusion: 'success' } } })
  expect(gitlab.calls()).toEqual(['POST /api/v4/projects/p/pipeline', 'GET /api/v4/projects/p/pipelines/7', 'GET /api/v4/projects/p/pipelines/7'])
  rmSync(dataDir, { recursive: true, force: true })
})

test('a pipeline is started once, also when it was looked at and that could not be kept', async () => {
  const pipeline = (status: string) => ({ status: 200, body: { id: 7, status, web_url: 'https://gitlab.test/7' } })
  const looks = Array.from({ length: 4 }, () => pipeline('running'))
  await using gitlab = await startApiServer({ 'POST /api/v4/projects/p/pipeline': [pipeline('created'), pipeline('created')], 'GET /api/v4/projects/p/pipelines/7': [...looks, pipeline('success')] })
  const refuse = (text: string) => server.server.services.db.write(async (tx) => tx.run(sql.raw(text)))
  const { id } = await server.save({ identifier: 'kept_pipeline', nodes: [{ identifier: 'kept', config: { type: 'GITLAB', baseUrl: gitlab.url, token: 't', project: 'p', reportStatus: true, pollMs: 100 } }] })
  const run = await server.run(id)
  await server.until(run.id, (_run, all) => all.some(({ stepId, status }) => stepId === 'kept' && status === 'waiting'))
  // As a disk that is full, or a process that is killed, just before it is recorded that the node waits on.
  await refuse(`CREATE TRIGGER refuse BEFORE UPDATE ON activity_runs WHEN OLD.status = 'running' AND NEW.status = 'waiting' AND NEW.node_id = 'kept' BEGIN SELECT RAISE(ABORT, 'no space'); END`)
  await expect.poll(() => gitlab.calls().length, { timeout: 30_000 }).toBeGreaterThanOrEqual(3)
  await refuse('DROP TRIGGER refuse')
  expect((await server.settled(run.id)).workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { kept: { conclusion: 'success' } } })
  expect(gitlab.calls().filter((call) => call.startsWith('POST'))).toHaveLength(1)
})
