import { afterAll, beforeAll, expect, test } from 'vitest'
import { linear, startTestServer, type Json, type TestServer } from '../../harness.ts'
import { as, CALLERS } from '../callers.ts'
import { askNode, isWaiting } from './ask-node.ts'

let server: TestServer
let worker: Awaited<ReturnType<typeof as>>
beforeAll(async () => {
  server = await startTestServer(CALLERS)
  worker = await as(server, { sub: 'worker', org: 'default', isMachine: true })
})
afterAll(() => server[Symbol.asyncDispose]())

/** A run that waits for a worker of this installation. */
const waiting = async (installationId: string): Promise<string> => {
  const identifier = `for_${installationId}`
  if ((await server.call('GET', `/v1/workflows/${identifier}`)).status === 404) {
    await server.save(linear(identifier, [askNode({ installationId, integrationProvider: 'github-ocean', integrationActionExecutionProperties: { repo: 'r', run: '{{ .run.identifier }}' } })]))
  }
  const run = await server.run(identifier)
  await server.until(run.id, isWaiting)
  return run.identifier
}
const claim = (body: Json, path = '/v1/workflows/runs/claim-pending', who = worker) => who.call('POST', path, body, { 'x-port-reserved-usage': 'true' })
const ack = (nodeRunIdentifier: string, path = '/v1/workflows/runs/ack', who = worker) => who.call('PATCH', path, { nodeRunIdentifier })

test('a worker claims, acknowledges, reports, and the run goes on', async () => {
  const run = await waiting('gh-main')
  const { status, body } = await claim({ installationId: 'gh-main', limit: 25, visibilityTimeoutMs: 60_000, exclude: ['nodeUid-1'] })
  expect({ status, ok: body.ok }).toEqual({ status: 200, ok: true })
  expect(body.nodeRuns).toMatchObject([
    {
      nodeUid: expect.stringMatching(/:ask$/),
      status: 'IN_PROGRESS',
      workflowRunIdentifier: run,
      installationId: 'gh-main',
      pendingExecution: true,
      claimedUntil: expect.any(String),
      config: { type: 'INTEGRATION_ACTION', installationId: 'gh-main', integrationProvider: 'github-ocean', integrationActionExecutionProperties: { repo: 'r', run } },
    },
  ])
  const { identifier } = body.nodeRuns[0] as { identifier: string }
  expect((await claim({ installationId: 'gh-main' })).body.nodeRuns).toEqual([])
  expect(await ack(identifier)).toMatchObject({ status: 200, body: { ok: true, acked: true } })
  expect(await ack(identifier)).toMatchObject({ status: 409, body: { ok: false, error: 'conflict' } })
  await worker.call('PATCH', `/v1/workflows/nodes/runs/${identifier}`, { status: 'COMPLETED', result: 'SUCCESS', output: { url: 'u' } })
  expect((await server.settled(run)).workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { ask: { url: 'u' } } })
})

test('what a worker claims and does not acknowledge comes back; what it acknowledges does not', async () => {
  await waiting('gh-dies')
  const one = { installationId: 'gh-dies', visibilityTimeoutMs: 1 }
  const claimed = async (): Promise<string[]> => ((await claim(one)).body.nodeRuns as Json[]).map(({ identifier }) => identifier as string)
  const [first] = await claimed()
  await expect.poll(claimed).toEqual([first])
  await ack(first!)
  expect(await claimed()).toEqual([])
})

test('a worker that acknowledges and dies does not hold the run for ever: the node ends by its own time, as its onTimeout says', async () => {
  const abandoned = async (onTimeout: 'fail' | 'continue') => {
    const installationId = `gh-gone-${onTimeout}`
    await server.save(linear(installationId, [askNode({ installationId, timeoutMs: 3_000, onTimeout })]))
    const { id } = await server.run(installationId)
    await server.until(id, (_run, rows) => rows.some(({ status }) => status === 'waiting'))
    const [{ identifier }] = (await claim({ installationId })).body.nodeRuns as [Json]
    expect((await ack(identifier as string)).status).toBe(200)
    const { workflowRun } = await server.settled(id)
    expect(await worker.call('PATCH', `/v1/workflows/nodes/runs/${identifier as string}`, { status: 'COMPLETED', result: 'SUCCESS' })).toMatchObject({ status: 409 })
    return workflowRun
  }
  const [failed, went] = await Promise.all([abandoned('fail'), abandoned('continue')])
  expect(failed).toMatchObject({ state: 'FAILED', error: { code: 'external_timeout', stepId: 'ask' } })
  expect(went).toMatchObject({ state: 'COMPLETED', outputs: { ask: { timeout: true } } })
})

test('nodes that the worker has too much of are left out', async () => {
  await waiting('gh-full')
  const [{ nodeUid }] = (await claim({ installationId: 'gh-full', visibilityTimeoutMs: 1 })).body.nodeRuns as [Json]
  await expect.poll(async () => ((await claim({ installationId: 'gh-full', visibilityTimeoutMs: 1 })).body.nodeRuns as Json[]).length).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect((await claim({ installationId: 'gh-full', exclude: [nodeUid] })).body.nodeRuns).toEqual([])
})

test('the org may stand in the path; another one is 403', async () => {
  await waiting('gh-org')
  const { status, body } = await claim({ installationId: 'gh-org' }, '/v1/org/default/workflows/runs/claim-pending')
  expect({ status, found: body.nodeRuns.length }).toEqual({ status: 200, found: 1 })
  const { identifier } = body.nodeRuns[0] as { identifier: string }
  expect((await ack(identifier, '/v1/org/acme/workflows/runs/ack')).status).toBe(403)
  expect((await ack(identifier, '/v1/org/default/workflows/runs/ack')).status).toBe(200)
  expect((await claim({ installationId: 'gh-org' }, '/v1/org/acme/workflows/runs/claim-pending')).status).toBe(403)
})

test('workers of another org get nothing, and people are not workers', async () => {
  await waiting('gh-mine')
  const stranger = await as(server, { sub: 'worker', org: 'acme', isMachine: true })
  expect((await claim({ installationId: 'gh-mine' }, undefined, stranger)).body.nodeRuns).toEqual([])
  const [{ identifier }] = (await claim({ installationId: 'gh-mine' })).body.nodeRuns as [Json]
  expect((await ack(identifier as string, undefined, stranger)).status).toBe(404)
  const ann = await as(server, { sub: 'ann', org: 'default' })
  expect((await claim({ installationId: 'gh-mine' }, undefined, ann)).status).toBe(403)
  expect((await ack(identifier as string, undefined, ann)).status).toBe(403)
})

test('a claim with bounds that are not, or an ack of nothing, is told', async () => {
  for (const wrong of [{}, { installationId: 'x', limit: 0 }, { installationId: 'x', visibilityTimeoutMs: 600_001 }, { installationId: 'x', visibilityTimeoutMs: 0 }, { installationId: 'x', more: 1 }]) expect((await claim(wrong)).status).toBe(400)
  expect((await ack('wfnr_0197d0d0000070008000000000000000')).status).toBe(404)
})
