import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type Json, type TestServer } from '../harness.ts'
import { as, CALLERS } from './callers.ts'

/** Which of its self-serve triggers starts a workflow, and that one which is not published does not, whoever asks. */

let server: TestServer
beforeAll(async () => {
  server = await startTestServer(CALLERS)
})
afterAll(() => server[Symbol.asyncDispose]())

const trigger = (identifier: string, config: Json = {}): Json => ({ identifier, config: { type: 'SELF_SERVE_TRIGGER', ...config } })
const asking = (name: string): Json => ({ userInputs: { properties: { [name]: { type: 'string' } } } })
const ECHO: Json = { identifier: 'echo', config: { type: 'TRANSFORM', value: '{{ .inputs }}' } }
const graph = (identifier: string, triggers: Json[]): Json => ({
  identifier,
  nodes: [...triggers, ECHO],
  connections: triggers.map((node) => ({ sourceIdentifier: node.identifier, targetIdentifier: 'echo' })),
})
const start = (workflowId: string, rest: Json = {}) => server.call('POST', '/api/v1/workflow-runs', { workflowId, ...rest })
const firedBy = async (runId: string): Promise<string | undefined> => (await server.settled(runId)).activityRuns.find(({ kind }) => kind === 'trigger')?.stepId

test('a workflow whose self-serve trigger is not published is started by nothing that starts by it', async () => {
  await server.save(graph('draft', [trigger('start')]))
  const { token } = (await server.call('POST', '/api/v1/workflows/draft/hook')).body
  const { id: jobId } = (await server.call('POST', '/api/v1/jobs', { name: 'J', jobConfigJson: { workflowExecutionOrder: ['draft'] } })).body
  const earlier = await server.run('draft')
  await server.settled(earlier.id)
  expect((await server.call('PUT', '/api/v1/workflows/draft', graph('draft', [trigger('start', { published: false })]))).status).toBe(200)

  const why = expect.stringContaining('published')
  expect(await start('draft')).toMatchObject({ status: 409, body: { code: 'conflict', error: why } })
  expect(await start('draft', { trigger: 'start' })).toMatchObject({ status: 409, body: { error: why } })
  expect(await server.call('POST', '/api/v1/workflow-runs/execute', { workflowId: 'draft' })).toMatchObject({ status: 409, body: { error: why } })
  expect(await server.call('POST', `/api/v1/hooks/${token}`, {})).toMatchObject({ status: 409, body: { error: why } })
  expect(await server.call('POST', '/api/v1/workflows/draft/hook')).toMatchObject({ status: 409, body: { error: why } })
  expect(await server.call('PUT', '/api/v1/workflows/draft/schedule', { cron: '@daily' })).toMatchObject({ status: 409, body: { error: why } })
  expect(await server.call('POST', '/api/v1/job-runs', { jobId })).toMatchObject({ status: 422, body: { details: [{ code: 'unknown_workflow', message: why }] } })
  expect(await server.call('POST', '/v1/workflows/draft/runs', {})).toMatchObject({ status: 409, body: { ok: false, message: why } })
  const parent = await server.save({ identifier: 'parent', nodes: [{ identifier: 'child', config: { type: 'RUN_WORKFLOW', workflow: 'draft', inputs: {} } }] })
  expect((await server.settled((await server.run(parent.id)).id)).workflowRun.error).toMatchObject({ code: 'step_failed', message: why })

  // What was started while it was can be run again, and it is there to be published.
  expect((await server.call('POST', `/api/v1/workflow-runs/${earlier.id}/rerun`)).status).toBe(202)
  expect((await server.call('GET', '/v1/workflows/draft')).status).toBe(200)
})

test('of several the first that is published starts it, or the one that the call names', async () => {
  const { id } = await server.save(graph('several', [trigger('draft', { published: false }), trigger('one', asking('a')), trigger('two', asking('b'))]))
  const byDefault = await start(id, { inputs: { a: 'x' } })
  expect(byDefault.status).toBe(202)
  expect(await firedBy(byDefault.body.id)).toBe('one')
  const named = await start(id, { trigger: 'two', inputs: { b: 'x' } })
  expect(await firedBy(named.body.id)).toBe('two')
  expect((await server.get(named.body.id)).workflowRun.outputs).toMatchObject({ two: { b: 'x' }, echo: { b: 'x' } })
  expect((await start(id, { trigger: 'two', inputs: { a: 'x' } })).body.details).toMatchObject([{ path: 'inputs.a' }])
  expect((await start(id, { trigger: 'draft' })).status).toBe(409)
  for (const name of ['echo', 'nobody', 'constructor']) expect(await start(id, { trigger: name })).toMatchObject({ status: 400, body: { code: 'invalid_request', details: [{ path: 'trigger', code: 'unknown_trigger' }] } })
  const { run } = (await server.call('POST', `/v1/workflows/${id}/runs`, { trigger: 'two' })).body
  expect(run.trigger).toEqual({ identifier: 'two' })
  await server.save({ identifier: 'assumed', nodes: [ECHO] })
  expect((await start('assumed', { trigger: 'trigger' })).status).toBe(202)
})

test('each lets in by its own permissions; who one of them shuts out does not change the workflow', async () => {
  const admin = await as(server, { sub: 'root', role: 'admin' })
  const [ann, bob] = [await as(server, { sub: 'ann', teams: ['sre'] }), await as(server, { sub: 'bob' })]
  const definition = graph('guarded', [trigger('for_sre', { permissions: { teams: ['sre'] } }), trigger('for_bob', { permissions: { users: ['bob'] } })])
  await admin.call('POST', '/api/v1/workflows', definition)
  const startAs = async (who: typeof ann, name?: string): Promise<number> => (await who.call('POST', '/api/v1/workflow-runs', { workflowId: 'guarded', ...(name && { trigger: name }) })).status
  expect([await startAs(ann), await startAs(ann, 'for_bob'), await startAs(bob), await startAs(bob, 'for_bob')]).toEqual([202, 403, 403, 202])
  const seenBy = async (who: typeof ann): Promise<string[]> => ((await who.call('GET', '/v1/workflows')).body.workflows as Json[]).map(({ identifier }) => identifier as string)
  expect([await seenBy(ann), await seenBy(bob), await seenBy(await as(server, { sub: 'eve' }))]).toEqual([['guarded'], ['guarded'], []])
  expect((await ann.call('PATCH', '/api/v1/workflows/guarded', { title: 'Mine' })).status).toBe(403)
  // One that is not published is no way in, and nobody gets in by publishing it.
  await admin.call('PUT', '/api/v1/workflows/guarded', graph('guarded', [trigger('start'), trigger('draft', { published: false, permissions: { users: ['bob'] } })]))
  expect((await ann.call('PATCH', '/api/v1/workflows/guarded', { title: 'Mine' })).status).toBe(403)
  expect((await bob.call('PATCH', '/api/v1/workflows/guarded', { title: 'Mine' })).status).toBe(200)
})
