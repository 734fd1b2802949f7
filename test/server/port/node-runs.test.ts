import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { activityRuns as rowsOfNodes } from '../../../db/schema.ts'
import { parseId } from '../../../runner/model/id.ts'
import { startApiServer } from '../../api-server.ts'
import { linear, startTestServer, type Json, type TestServer } from '../../harness.ts'
import { as, CALLERS } from '../callers.ts'
import { askNode, isWaiting } from './ask-node.ts'

let server: TestServer
let machine: Awaited<ReturnType<typeof as>>
/** Another system, which hears what later nodes know. */
let outside: Awaited<ReturnType<typeof startApiServer>>
beforeAll(async () => {
  outside = await startApiServer({ 'POST /after': [{ status: 200 }], 'POST /retried': [{ status: 500 }, { status: 200 }] })
  server = await startTestServer(CALLERS)
  machine = await as(server, { sub: 'robot', org: 'default', isMachine: true })
  await server.save(linear('plain', [askNode({ integrationActionExecutionProperties: { ref: '{{ .run.identifier }}' } }), { identifier: 'after', config: { type: 'TRANSFORM', value: { got: '{{ .outputs.ask }}' } } }]))
  await server.save(linear('mapped', [askNode({}, { variables: { url: '{{ .response.deploymentUrl }}' } })]))
  await server.save(linear('forgiving', [askNode({}, { onFailure: 'continue' })]))
  await server.save(
    linear('secretive', [
      { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { pin: { type: 'string', format: 'password' } } } } },
      askNode({ installationId: 'vault', integrationActionExecutionProperties: { pin: '{{ .inputs.pin }}', url: 'https://ci.test/?pin={{ .inputs.pin }}' } }),
      { identifier: 'after', config: { type: 'WEBHOOK', url: `${outside.url}/after`, body: { got: '{{ .outputs.ask }}' } } },
    ]),
  )
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await outside[Symbol.asyncDispose]()
})

type Waiting = { run: string; node: string }

/** A run of `workflow` that waits for another system, in Port's ids. */
const waiting = async (workflow = 'plain', inputs: Json = {}): Promise<Waiting> => {
  const { identifier: run } = await server.run(workflow, inputs)
  const { activityRuns } = await server.until(run, isWaiting)
  return { run, node: activityRuns.find(({ stepId }) => stepId === 'ask')!.identifier }
}
const patch = (node: string, body: unknown, who = machine) => who.call('PATCH', `/v1/workflows/nodes/runs/${node}`, body)
const logs = (node: string, lines: unknown[]) => machine.call('POST', `/v1/workflows/nodes/runs/${node}/logs`, { logs: lines })
const runOf = async (run: string): Promise<Json> => (await server.call('GET', `/v1/workflows/runs/${run}`)).body.run as Json
const settled = async (run: string): Promise<Json> => {
  await server.settled(run)
  return runOf(run)
}
const SUCCESS = { status: 'COMPLETED', result: 'SUCCESS' }

describe('another system finishes a node', () => {
  test('and what it puts out goes to the nodes after, through `variables` where there are any', async () => {
    const plain = await waiting()
    const answer = await patch(plain.node, { ...SUCCESS, output: { resourceId: 'abc123' } })
    expect(answer).toMatchObject({ status: 200, body: { ok: true, nodeRun: { identifier: plain.node, status: 'COMPLETED', result: 'SUCCESS', output: { resourceId: 'abc123' } } } })
    expect(await settled(plain.run)).toMatchObject({ result: 'SUCCESS', variables: { outputs: { ask: { resourceId: 'abc123' }, after: { got: { resourceId: 'abc123' } } } } })

    const mapped = await waiting('mapped')
    await patch(mapped.node, { ...SUCCESS, output: { deploymentUrl: 'https://app.test', noise: 1 } })
    expect((await settled(mapped.run)).variables.outputs.ask).toEqual({ url: 'https://app.test' })
  })

  test('by either address; one that names another run is 404', async () => {
    const one = await waiting()
    const other = await waiting()
    expect((await machine.call('PATCH', `/v1/workflows/runs/${other.run}/nodes/${one.node}`, SUCCESS)).status).toBe(404)
    expect((await machine.call('PATCH', `/v1/workflows/runs/${one.run}/nodes/${one.node}`, SUCCESS)).status).toBe(200)
    expect((await settled(one.run)).result).toBe('SUCCESS')
  })

  test('as FAILED: the run fails with its last ERROR line, or goes on where the node says so', async () => {
    const fails = await waiting()
    await patch(fails.node, { status: 'COMPLETED', result: 'FAILED', logs: [{ logLevel: 'ERROR', log: 'Operation failed: disk full' }] })
    expect(await settled(fails.run)).toMatchObject({ result: 'FAILED', error: { message: 'Operation failed: disk full' } })
    const goesOn = await waiting('forgiving')
    await patch(goesOn.node, { status: 'COMPLETED', result: 'FAILED', message: 'no' })
    expect(await settled(goesOn.run)).toMatchObject({ result: 'SUCCESS', nodeRuns: [{}, { result: 'FAILED', output: { error: { message: 'no' } } }] })
  })

  test('with only a result: that is its end', async () => {
    const { run, node } = await waiting()
    await patch(node, { result: 'SUCCESS' })
    expect((await settled(run)).result).toBe('SUCCESS')
  })
})

describe('another system tells how it goes', () => {
  test('in steps: what it is called there, links, outputs that overwrite one another, and the last one stays at the end', async () => {
    const { run, node } = await waiting()
    await patch(node, { status: 'IN_PROGRESS', externalRunId: 'gh_1_2_3', links: ['https://ci.test/1'], output: { a: 1 } })
    const second = await patch(node, { output: { workflowRunUrl: 'https://ci.test/1' } })
    expect(second.body.nodeRun).toMatchObject({ status: 'IN_PROGRESS', result: null, externalRunId: 'gh_1_2_3', links: ['https://ci.test/1'], output: { workflowRunUrl: 'https://ci.test/1' } })
    await patch(node, SUCCESS)
    expect((await settled(run)).variables.outputs.ask).toEqual({ workflowRunUrl: 'https://ci.test/1' })
  })

  test('in log lines of both shapes, by both calls', async () => {
    const { run, node } = await waiting()
    await patch(node, { status: 'IN_PROGRESS', logs: [{ logLevel: 'INFO', log: 'one', tags: { environment: 'production', attempt: 2 } }, { level: 'WARN', message: 'two' }] })
    const added = await logs(node, [{ level: 'DEBUG', message: 'three' }, { log: 'four' }])
    const lines = [
      { logLevel: 'INFO', log: 'one', tags: { environment: 'production', attempt: '2' }, createdAt: expect.any(String) },
      { logLevel: 'WARN', log: 'two', tags: {}, createdAt: expect.any(String) },
      { logLevel: 'DEBUG', log: 'three', tags: {}, createdAt: expect.any(String) },
      { logLevel: 'INFO', log: 'four', tags: {}, createdAt: expect.any(String) },
    ]
    expect(added).toMatchObject({ status: 200, body: { ok: true } })
    expect(added.body.nodeRun.nodeRunLogs).toEqual(lines)
    expect(((await runOf(run)).nodeRuns as Json[]).at(-1)!.nodeRunLogs).toEqual(lines)
  })

  test('and is found again by what it calls it, with the config that it was asked with', async () => {
    const { run, node } = await waiting()
    await patch(node, { externalRunId: `ext-${node}` })
    const found = await machine.call('GET', `/v1/workflows/nodes/runs?external_run_id=ext-${node}&include=nodeConfig`)
    expect(found).toMatchObject({ status: 200, body: { ok: true, nodeRuns: [{ identifier: node, nodeUid: expect.stringMatching(/:ask$/), status: 'IN_PROGRESS', node: { identifier: 'ask', config: { type: 'INTEGRATION_ACTION', integrationActionExecutionProperties: { ref: run } } } }] } })
    expect((await machine.call('GET', `/v1/workflows/nodes/runs?external_run_id=ext-${node}`)).body.nodeRuns[0].node).not.toHaveProperty('config')
    expect((await machine.call('GET', '/v1/workflows/nodes/runs?external_run_id=nobody')).body.nodeRuns).toEqual([])
    expect((await machine.call('GET', '/v1/workflows/nodes/runs')).status).toBe(400)
  })
})

describe('a report is refused', () => {
  test('with 422 when it is COMPLETED without a result', async () => {
    const { node } = await waiting()
    const { status, body } = await patch(node, { status: 'COMPLETED' })
    expect({ status, ...body }).toEqual({ status: 422, ok: false, error: 'unprocessable', message: expect.any(String), details: [{ path: 'result', code: 'missing', message: expect.any(String) }] })
  })

  test('with 400 and every fault when it is no report', async () => {
    const { node } = await waiting()
    const { status, body } = await patch(node, { status: 'DONE', output: [1], extra: true, logs: [{ log: 'a', message: 'b' }] })
    expect(status).toBe(400)
    expect((body.details as Json[]).map(({ path }) => path as string).sort()).toEqual(['extra', 'logs[0]', 'output', 'status'])
  })

  test('with 409 when the node has ended, or its run was cancelled; nothing of it is kept', async () => {
    const over = await waiting()
    await patch(over.node, SUCCESS)
    await settled(over.run)
    expect((await patch(over.node, { status: 'COMPLETED', result: 'FAILED' })).status).toBe(409)
    expect((await logs(over.node, [{ log: 'late' }])).status).toBe(409)
    expect((await settled(over.run)).result).toBe('SUCCESS')
    const cancelled = await waiting()
    await server.call('POST', `/v1/workflows/runs/${cancelled.run}/cancel`)
    expect((await patch(cancelled.node, SUCCESS)).status).toBe(409)
    expect((await settled(cancelled.run)).result).toBe('CANCELLED')
  })

  test('with 404 for what is not there, and for another org’s; with 403 from who is no machine', async () => {
    const { run, node } = await waiting()
    const stranger = await as(server, { sub: 'robot', org: 'other', isMachine: true })
    expect((await patch('wfnr_0197d0d0000070008000000000000000', SUCCESS)).status).toBe(404)
    expect((await patch('nobody', SUCCESS)).status).toBe(404)
    expect((await patch(node, SUCCESS, stranger)).status).toBe(404)
    expect((await stranger.call('PATCH', `/v1/workflows/runs/${run}/nodes/${node}`, SUCCESS)).status).toBe(404)
    expect((await stranger.call('POST', `/v1/workflows/nodes/runs/${node}/logs`, { logs: [{ log: 'x' }] })).status).toBe(404)
    expect((await server.get(run)).activityRuns.at(-1)).toMatchObject({ status: 'waiting', logs: [] })
    expect((await patch(node, SUCCESS, await as(server, { sub: 'ann', org: 'default' }))).status).toBe(403)
    expect((await patch(node, {}, await as(server, { sub: 'root', org: 'default', role: 'admin' }))).status).toBe(200)
  })
})

test('a node that failed elsewhere is not tried again: the other system has decided', async () => {
  await server.save(linear('decided', [askNode({}, { retry: { maxAttempts: 2, backoffMs: 0 } })]))
  const { run, node } = await waiting('decided')
  await patch(node, { status: 'COMPLETED', result: 'FAILED' })
  expect(await settled(run)).toMatchObject({ result: 'FAILED', nodeRuns: [{}, { attempt: 1, result: 'FAILED' }] })
})

describe('a secret', () => {
  const PIN = 'hunter22'
  const storedIn = (text: string): string[] => ['errand.sqlite', 'errand.sqlite-wal'].filter((name) => readFileSync(join(server.dataDir, name)).includes(text))

  test('in a config reaches the worker that claims the node, and nobody else', async () => {
    const { run, node } = await waiting('secretive', { pin: PIN })
    const claimed = await machine.call('POST', '/v1/workflows/runs/claim-pending', { installationId: 'vault' })
    expect(claimed.body.nodeRuns).toMatchObject([{ identifier: node, config: { type: 'INTEGRATION_ACTION', integrationActionExecutionProperties: { pin: PIN, url: `https://ci.test/?pin=${PIN}` } } }])
    const ack = await machine.call('PATCH', '/v1/workflows/runs/ack', { nodeRunIdentifier: node })
    const lookedUp = await machine.call('GET', `/v1/workflows/nodes/runs?workflow_run_id=${run}&include=nodeConfig`)
    expect(lookedUp.body.nodeRuns[1].node.config).toMatchObject({ integrationActionExecutionProperties: { pin: '[redacted]', url: 'https://ci.test/?pin=[redacted]' } })
    expect(JSON.stringify([ack.body, lookedUp.body, await runOf(run), await server.get(run)])).not.toContain(PIN)
    expect(storedIn(PIN)).toEqual([])
    await patch(node, SUCCESS)
    await settled(run)
    const rows = await server.server.services.db.read(async (query) => query.select({ sealed: rowsOfNodes.sealedConfig }).from(rowsOfNodes).where(eq(rowsOfNodes.id, parseId(node)!)))
    expect(rows).toEqual([{ sealed: null }])
  })

  test.each([
    ['with the end', async (node: string) => patch(node, { ...SUCCESS, output: { echo: `pin ${PIN}` } })],
    ['before the end', async (node: string) => patch(node, { output: { echo: `pin ${PIN}` } }).then(() => patch(node, SUCCESS))],
  ])('that another system sends back %s is there for later nodes, and shown nowhere', async (_when, report) => {
    const { run, node } = await waiting('secretive', { pin: PIN })
    outside.requests.length = 0
    await report(node)
    const shown = JSON.stringify([await settled(run), await server.get(run)])
    expect(outside.requests.map(({ body }) => body)).toEqual([{ got: { echo: `pin ${PIN}` } }])
    expect(shown).toContain('pin [redacted]')
    expect(shown).not.toContain(PIN)
    expect(storedIn(PIN)).toEqual([])
  })

  test('that is asked for in a loop is known there, too', async () => {
    const ask = { identifier: 'code', config: { type: 'USER_INPUT', title: '?', userInputs: { properties: { pin: { type: 'string', format: 'otp' } } } } }
    await server.save(linear('in_a_loop', [{ identifier: 'each', config: { type: 'FOR_EACH', items: [1], nodes: [ask, askNode({ integrationActionExecutionProperties: { pin: '{{ .outputs.code.values.pin }}' } })] } }]))
    const { identifier: run } = await server.run('in_a_loop')
    await server.until(run, ({ awaiting }) => awaiting !== null)
    await server.call('POST', `/api/v1/workflow-runs/${run}/input`, { values: { pin: PIN } })
    const { activityRuns: rows } = await server.until(run, isWaiting)
    const answer = await patch(rows.find(({ stepId }) => stepId === 'ask')!.identifier, { ...SUCCESS, output: { echo: PIN } })
    expect(answer.body.nodeRun.output).toEqual({ echo: '[redacted]' })
    expect(JSON.stringify(await settled(run))).not.toContain(PIN)
    expect(storedIn(PIN)).toEqual([])
  })
})

test('a secret that another system sends back in other ways is shown nowhere', async () => {
  const { run, node } = await waiting('secretive', { pin: 'hunter22' })
  await patch(node, { externalRunId: 'x-hunter22', links: ['https://ci.test/?pin=hunter22'], output: { echo: 'pin hunter22' }, logs: [{ log: 'got hunter22', tags: { pin: 'hunter22' } }] })
  await patch(node, { status: 'COMPLETED', result: 'FAILED', message: 'hunter22 is wrong' })
  const shown = JSON.stringify([await settled(run), await server.get(run), (await machine.call('GET', `/v1/workflows/nodes/runs?workflow_run_id=${run}`)).body])
  expect(shown).toContain('pin [redacted]')
  expect(shown).not.toContain('hunter22')
})

test('a loop’s rounds are read in pages, and left out of lists', async () => {
  const loop = { identifier: 'each', config: { type: 'FOR_EACH', items: '{{ [range(5)] }}', nodes: [{ identifier: 'in', config: { type: 'TRANSFORM', value: '{{ .item }}' } }] } }
  await server.save(linear('looped', [loop]))
  const { identifier } = await server.run('looped')
  const { nodeRuns, nodeRunsTotal } = await settled(identifier)
  expect({ all: nodeRunsTotal, shown: nodeRuns.length }).toEqual({ all: 7, shown: 7 })
  const page = await server.call('GET', `/v1/workflows/nodes/runs?workflow_run_id=${identifier}&limit=3&page=2`)
  expect(page.body).toMatchObject({ nodeRuns: [{ iteration: 'each[1]', output: { value: 1 } }, { iteration: 'each[2]' }, { iteration: 'each[3]' }], pagination: { page: 2, limit: 3, total: 7, totalPages: 3 } })
  expect((await server.call('GET', '/v1/workflows/runs?workflowIdentifiers=looped')).body.runs[0].nodeRuns).toHaveLength(2)
})

test('a node that is tried again waits anew, under a name of its own; the latest attempt is shown', async () => {
  await server.save(linear('retried', [{ identifier: 'ask', config: { type: 'WEBHOOK', url: `${outside.url}/retried`, synchronized: false }, retry: { maxAttempts: 2, backoffMs: 0 } }]))
  const { run, node } = await waiting('retried')
  const { activityRuns } = await server.until(run, isWaiting)
  expect((await patch(node, SUCCESS)).status).toBe(409)
  await patch(activityRuns.at(-1)!.identifier, SUCCESS)
  expect(await settled(run)).toMatchObject({ result: 'SUCCESS', nodeRuns: [{ attempt: 1 }, { node: { identifier: 'ask' }, attempt: 2, result: 'SUCCESS' }] })
})

test('the links of a node are filled in, as far as they are known, and stand beside those that are reported', async () => {
  const links = ['https://ci.test/{{ .run.identifier }}', 'https://ci.test/built/{{ .response.build }}?pin={{ .inputs.pin }}', '{{ .inputs.pin | tonumber }}']
  const start = { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { pin: { type: 'string', format: 'password' } } } } }
  await server.save(linear('linked', [start, { ...askNode({}, { verbose: true }), links }]))
  const { run, node } = await waiting('linked', { pin: 'hunter-2' })
  const shown = async (): Promise<string[]> => (await server.get(run)).activityRuns.find(({ stepId }) => stepId === 'ask')!.links
  expect(await shown()).toEqual([`https://ci.test/${run}`])
  await patch(node, { status: 'IN_PROGRESS', links: ['https://reported.test/'] })
  expect(await shown()).toEqual(['https://reported.test/'])
  await patch(node, { status: 'COMPLETED', result: 'SUCCESS', output: { build: 7 } })
  const ended = await settled(run)
  const all = [`https://ci.test/${run}`, 'https://ci.test/built/7?pin=[redacted]', 'https://reported.test/']
  expect(await shown()).toEqual(all)
  expect((ended.nodeRuns as Json[]).find(({ node: { identifier } }) => identifier === 'ask')!.links).toEqual(all)
  const stream = await (await fetch(`${server.url}/api/v1/workflow-runs/${run}/stream`, { headers: { 'last-event-id': '0' } })).text()
  expect(stream).toContain(`"links":${JSON.stringify(all)}`)
})
