import { afterAll, beforeAll, expect, test } from 'vitest'
import { timeOfId } from '../../runner/model/id.ts'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { as, CALLERS } from './callers.ts'

/** What forms and templates know of whoever started a run. */

let server: TestServer
let ann: Awaited<ReturnType<typeof as>>
const email = 'ann@acme.test'
const start = { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { owner: { type: 'string', default: { jqQuery: '.trigger.by.user.email' } }, team: { type: 'string', default: { jqQuery: '.trigger.by.user.teams[0]' } } } } } }
const asked = (identifier: string): Json => linear(identifier, [start, { identifier: 'echo', config: { type: 'TRANSFORM', value: '{{ .inputs }}' } }])
beforeAll(async () => {
  server = await startTestServer(CALLERS)
  ann = await as(server, { sub: 'ann', email, teams: ['sre'], role: 'admin' })
  await ann.call('POST', '/api/v1/workflows', asked('asked'))
})
afterAll(() => server[Symbol.asyncDispose]())

const inputsOf = ({ body: { inputs } }: { body: Json }): Json => Object.fromEntries((inputs as Json[]).map(({ name, value }) => [name, value]))
const started = async (who: typeof ann, workflowId: string) => who.call('POST', '/api/v1/workflow-runs', { workflowId })
const until = async (id: string): Promise<void> => {
  await expect.poll(async () => (await ann.call('GET', `/api/v1/workflow-runs/${id}`)).body.workflowRun.status, { timeout: 20_000 }).toBe('completed')
}
const outputsOf = async (id: string): Promise<Json> => {
  await until(id)
  return (await ann.call('GET', `/api/v1/workflow-runs/${id}`)).body.workflowRun.outputs
}

test('a form sees the e-mail address and the teams of who fills it in', async () => {
  const run = await started(ann, 'asked')
  expect(inputsOf(run)).toEqual({ owner: email, team: 'sre' })
  // Who is known by less is no fault.
  const bob = await as(server, { sub: 'bob', role: 'admin' })
  expect(inputsOf(await started(bob, 'asked'))).toEqual({})
  await until(run.body.id)
  expect(inputsOf(await ann.call('POST', `/api/v1/workflow-runs/${run.body.id}/rerun`, { inputs: { team: 'hr' } }))).toEqual({ owner: email, team: 'hr' })
})

test('so do a job, and a workflow that a run starts', async () => {
  const { body: job } = await ann.call('POST', '/api/v1/jobs', { name: 'J', jobConfigJson: { workflowExecutionOrder: ['asked'] } })
  const { body: jobRun } = await ann.call('POST', '/api/v1/job-runs', { jobId: job.id })
  await expect.poll(async () => (await ann.call('GET', `/api/v1/job-runs/${jobRun.id}`)).body.status, { timeout: 20_000 }).toBe('COMPLETED')
  const [ofJob] = (await ann.call('GET', `/api/v1/workflow-runs?jobRunId=${jobRun.id}`)).body.workflowRuns
  expect(ofJob.outputs.echo).toEqual({ owner: email, team: 'sre' })
  await ann.call('POST', '/api/v1/workflows', linear('parent', [{ identifier: 'child', config: { type: 'RUN_WORKFLOW', workflow: 'asked', inputs: { team: 'x' } } }]))
  expect((await outputsOf((await started(ann, 'parent')).body.id)).child.outputs.echo).toEqual({ owner: email, team: 'x' })
})

test('a question sees who started its run, whoever answers it', async () => {
  await ann.call('POST', '/api/v1/workflows', linear('asks', [{ identifier: 'ask', config: { type: 'USER_INPUT', title: '?', userInputs: { properties: { owner: { type: 'string', default: { jqQuery: '.trigger.by.user.email' } } } } } }]))
  const { id } = (await started(ann, 'asks')).body
  await expect.poll(async () => (await ann.call('GET', `/api/v1/workflow-runs/${id}`)).body.workflowRun.awaiting, { timeout: 20_000 }).not.toBeNull()
  const bob = await as(server, { sub: 'bob', email: 'bob@acme.test' })
  expect((await bob.call('POST', `/api/v1/workflow-runs/${id}/input`, { values: {} })).body.userForm.values).toEqual({ owner: email })
})

test('templates know the run, its trigger, who started it, its version and the node’s own run, in Port’s words', async () => {
  const value = {
    run: '{{ .workflowRun.identifier }}', same: '{{ .run.identifier }}', at: '{{ .workflowRun.createdAt }}', trigger: '{{ .workflowRun.trigger.identifier }}',
    by: '{{ .workflowRun.trigger.by.email }}', version: '{{ .workflow.versionIdentifier }}', node: '{{ .workflowNodeRun.identifier }}', nodeAt: '{{ .workflowNodeRun.createdAt }}',
  }
  await ann.call('POST', '/api/v1/workflows', linear('told', [{ identifier: 'tell', config: { type: 'TRANSFORM', value } }]))
  const { body } = await started(ann, 'told')
  await until(body.id)
  const { workflowRun, activityRuns } = (await ann.call('GET', `/api/v1/workflow-runs/${body.id}`)).body
  const { id, identifier } = (activityRuns as Json[]).find(({ stepId }) => stepId === 'tell')!
  expect(workflowRun.outputs.tell).toEqual({ run: body.identifier, same: body.identifier, at: body.createdAt, trigger: 'trigger', by: email, version: '1', node: identifier, nodeAt: new Date(timeOfId(id)).toISOString() })
})
