import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jobRunEventsAfter } from '../../db/job-run-events.ts'
import { stopJobRun } from '../../db/move-job-run.ts'
import { startGate, type Gate } from '../gate.ts'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { childOf, jobRun, jobRunOver, saveJob, startJob } from '../job-runs.ts'
import { as, CALLERS } from './callers.ts'

let server: TestServer
let gate: Gate
beforeAll(async () => {
  gate = await startGate()
  server = await startTestServer(CALLERS)
  await server.save(linear('echo', [step('echo', { type: 'TRANSFORM', value: '{{ .inputs }}' })]))
  await server.save(linear('idle', [step('none', { type: 'NO_ACTION', reason: 'Nothing new' })]))
  await server.save(linear('breaks', [step('fail', { type: 'FAIL', message: 'No such month' })]))
  await server.save(linear('asks', [step('ask', { type: 'USER_INPUT', title: 'The code?', userInputs: { properties: { code: { type: 'string' } } } })]))
  await server.save(linear('held', [step('hold', { type: 'WEBHOOK', url: `${gate.url}/held` })]))
  await server.save(takes('login', { user: { type: 'string' }, password: { type: 'string', format: 'password' } }, ['user', 'password']))
  await server.save(takes('export', { month: { type: 'string' }, rows: { type: 'integer', default: 50 } }, ['month']))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await gate[Symbol.asyncDispose]()
})

const step = (identifier: string, config: Json): Json => ({ identifier, config })
const takes = (identifier: string, properties: Json, required: string[]): Json =>
  linear(identifier, [step('start', { type: 'SELF_SERVE_TRIGGER', userInputs: { properties, required } }), step('echo', { type: 'TRANSFORM', value: '{{ .inputs }}' })])
const run = async (workflows: string[], inputs?: Json) => jobRunOver(server, await startJob(server, await saveJob(server, workflows), inputs))
const names = ({ workflowRuns }: Json): string[] => workflowRuns.map(({ workflowIdentifier, state }: Json) => `${workflowIdentifier} ${state}`)
const cancel = (id: string, body: Json = {}) => server.call('POST', `/api/v1/job-runs/${id}/cancel`, body)
const rerun = (id: string, body: Json = {}, headers: Record<string, string> = {}) => server.call('POST', `/api/v1/job-runs/${id}/rerun`, body, headers)
const facts = async (id: string) => (await jobRunEventsAfter(server.server.services.db, 0, 10_000)).filter(({ jobRunId }) => jobRunId === id).map(({ type, error }) => (error ? `${type} ${error.message}` : type))

describe('a job run', () => {
  test('goes through its workflows one after the other, each a run of its own; one without anything to do counts as done', async () => {
    const ended = await run(['echo', 'idle', 'echo'], { month: '2026-01' })
    expect(ended).toMatchObject({ status: 'COMPLETED', error: null, awaiting: null, jobName: 'Month end', fromIndex: 0, inputs: { month: '2026-01' } })
    expect(names(ended)).toEqual(['echo COMPLETED', 'idle COMPLETED_WITH_NO_ACTION_TAKEN', 'echo COMPLETED'])
    const [first, second, third] = ended.workflowRuns as [Json, Json, Json]
    for (const child of [first, second, third]) expect(child).toMatchObject({ jobRunId: ended.id })
    expect(first.completedAt <= second.createdAt && second.completedAt <= third.createdAt).toBe(true)
    expect([first.outputs.echo, third.outputs.echo]).toEqual([{ month: '2026-01' }, { month: '2026-01' }])
    expect((await server.call('GET', `/api/v1/workflow-runs?jobRunId=${ended.id}`)).body.pagination.total).toBe(3)
    expect(await facts(ended.id)).toEqual(['job_run.started', 'job_run.completed'])
  })

  test('is halted by the first run that fails, and says which and why', async () => {
    const ended = await run(['echo', 'breaks', 'echo'])
    expect(names(ended)).toEqual(['echo COMPLETED', 'breaks FAILED'])
    const [, broken] = ended.workflowRuns as [Json, Json]
    expect(ended).toMatchObject({ status: 'FAILED', error: { code: 'step_failed', message: 'No such month', index: 1, workflowId: broken.workflowId, workflowRunId: broken.id } })
    expect(await facts(ended.id)).toEqual(['job_run.started', 'job_run.failed No such month'])
  })

  test('says what its run asks a person, and goes on with the answer', async () => {
    const id = await startJob(server, await saveJob(server, ['asks', 'echo']))
    const child = await childOf(server, id, 0, ({ awaiting }) => awaiting !== null)
    expect(await jobRun(server, id)).toMatchObject({ status: 'IN_PROGRESS', awaiting: { title: 'The code?', runId: child.id } })
    await server.call('POST', `/api/v1/user-forms/${child.awaiting.formId}/submit`, { values: { code: '1' } })
    expect(await jobRunOver(server, id)).toMatchObject({ status: 'COMPLETED', awaiting: null })
  })

  test('keeps what the job and its workflows were when it was created, whatever becomes of them', async () => {
    const { id: changing } = await server.save(takes('changing', { a: { type: 'string' } }, []))
    const jobId = await saveJob(server, ['asks', changing, 'echo'], { inputs: { a: 'then' } })
    const id = await startJob(server, jobId)
    const child = await childOf(server, id, 0, ({ awaiting }) => awaiting !== null)
    await server.call('PATCH', `/api/v1/jobs/${jobId}`, { jobConfigJson: { workflowExecutionOrder: ['breaks'] }, inputs: {} })
    await server.call('PUT', `/api/v1/workflows/${changing}`, takes('changing', { b: { type: 'string' } }, ['b']))
    expect((await server.call('DELETE', `/api/v1/jobs/${jobId}`)).status).toBe(204)
    await server.call('POST', `/api/v1/workflow-runs/${child.id}/input`, { values: {} })
    const ended = await jobRunOver(server, id)
    expect(ended).toMatchObject({ status: 'COMPLETED', jobId, jobConfigJsonSnapshot: { workflowVersions: [1, 1, 1] } })
    expect(ended.workflowRuns[1]).toMatchObject({ workflowVersion: 1, outputs: { echo: { a: 'then' } } })
    expect(await server.call('POST', '/api/v1/job-runs', { jobId })).toMatchObject({ status: 404 })
    expect((await server.call('GET', `/api/v1/job-runs?jobId=${jobId}`)).body.jobRuns).toHaveLength(1)
  })

  test('fails at a workflow that was deleted meanwhile, and says so', async () => {
    const { id: doomed } = await server.save(linear('doomed', [step('a', { type: 'TRANSFORM', value: 1 })]))
    const jobId = await saveJob(server, ['asks', doomed])
    const id = await startJob(server, jobId)
    const child = await childOf(server, id, 0, ({ awaiting }) => awaiting !== null)
    await server.call('DELETE', `/api/v1/workflows/${doomed}`)
    await server.call('POST', `/api/v1/workflow-runs/${child.id}/input`, { values: {} })
    expect(await jobRunOver(server, id)).toMatchObject({ status: 'FAILED', error: { code: 'not_found', index: 1, workflowId: doomed, workflowRunId: null, message: 'The workflow doomed is deleted.' } })
    expect(await server.call('POST', '/api/v1/job-runs', { jobId })).toMatchObject({ status: 422, body: { details: [{ path: 'jobConfigJson.workflowExecutionOrder[1]' }] } })
  })

  test('may hold the same workflow several times, and many', async () => {
    const ended = await run(Array.from({ length: 12 }, () => 'echo'))
    expect(names(ended)).toEqual(Array.from({ length: 12 }, () => 'echo COMPLETED'))
  })
})

describe('cancelling', () => {
  test('stops the run that executes; nothing after it starts', async () => {
    const id = await startJob(server, await saveJob(server, ['held', 'echo']))
    await gate.arrived('/held')
    expect((await cancel(id, { reason: 'Wrong month' })).status).toBe(200)
    const ended = await jobRunOver(server, id)
    expect(ended).toMatchObject({ status: 'CANCELLED', error: { code: 'cancelled', message: 'Wrong month', index: 0 } })
    expect(names(ended)).toEqual(['held CANCELLED'])
    expect(ended.workflowRuns[0].error.message).toBe('Wrong month')
    expect(await cancel(id)).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect(await facts(id)).toEqual(['job_run.started', 'job_run.cancelled Wrong month'])
  })

  test('is over at once where the run waits', async () => {
    const id = await startJob(server, await saveJob(server, ['asks', 'echo']))
    await childOf(server, id, 0, ({ awaiting }) => awaiting !== null)
    expect(await cancel(id)).toMatchObject({ status: 200, body: { status: 'CANCELLED', awaiting: null, workflowRuns: [{ state: 'CANCELLED' }] } })
  })

  test('that a dying process could only say, and not do, is done by whoever looks next', async () => {
    const id = await startJob(server, await saveJob(server, ['asks', 'echo']))
    await childOf(server, id, 0, ({ awaiting }) => awaiting !== null)
    await stopJobRun(server.server.services.db, id, { reason: 'Changed my mind', force: false, at: Date.now() })
    const ended = await jobRunOver(server, id)
    expect(ended).toMatchObject({ status: 'CANCELLED', error: { message: 'Changed my mind' }, workflowRuns: [{ state: 'CANCELLED' }] })
  })

  test('of the run alone cancels the job run, too', async () => {
    const id = await startJob(server, await saveJob(server, ['asks', 'echo']))
    const child = await childOf(server, id, 0, ({ awaiting }) => awaiting !== null)
    await server.call('POST', `/api/v1/workflow-runs/${child.id}/cancel`, { reason: 'Not this one' })
    expect(await jobRunOver(server, id)).toMatchObject({ status: 'CANCELLED', error: { message: 'Not this one', workflowRunId: child.id } })
  })
})

describe('running again', () => {
  test('from the workflow that failed leaves out what was done before it', async () => {
    const { id: mended } = await server.save(linear('mended', [step('fail', { type: 'FAIL', message: 'no' })]))
    const first = await run(['echo', mended, 'idle'], { a: 1 })
    expect(first.status).toBe('FAILED')
    await server.call('PATCH', `/api/v1/workflows/${mended}`, { nodes: [step('echo', { type: 'TRANSFORM', value: '{{ .inputs }}' })] })
    const { status, body, headers } = await rerun(first.id, { fromFailure: true, version: 'latest' })
    expect({ status, at: headers.get('location') }).toEqual({ status: 202, at: `/api/v1/job-runs/${body.id}` })
    const second = await jobRunOver(server, body.id)
    expect(second).toMatchObject({ status: 'COMPLETED', rerunOf: first.id, fromIndex: 1, inputs: { a: 1 }, jobConfigJsonSnapshot: { workflowVersions: [1, 2, 1] } })
    expect(names(second)).toEqual(['mended COMPLETED', 'idle COMPLETED_WITH_NO_ACTION_TAKEN'])
    expect(second.workflowRuns[0].outputs.echo).toEqual({ a: 1 })
    expect(await rerun(second.id, { fromFailure: true })).toMatchObject({ status: 409 })
    expect(names(await jobRunOver(server, (await rerun(first.id, { fromFailure: true })).body.id))).toEqual(['mended FAILED'])
  })

  test('goes from the start, or from a place that it got to; not before it has ended', async () => {
    const first = await run(['echo', 'idle', 'echo'])
    expect(names(await jobRunOver(server, (await rerun(first.id)).body.id))).toHaveLength(3)
    expect(names(await jobRunOver(server, (await rerun(first.id, { fromIndex: 2, inputs: { b: 2 } })).body.id))).toEqual(['echo COMPLETED'])
    expect(await rerun(first.id, { fromIndex: 3 })).toMatchObject({ status: 400, body: { details: [{ path: 'fromIndex' }] } })
    const halted = await run(['breaks', 'echo'])
    expect(await rerun(halted.id, { fromIndex: 1 })).toMatchObject({ status: 409 })
    const waiting = await startJob(server, await saveJob(server, ['asks']))
    expect(await rerun(waiting)).toMatchObject({ status: 409 })
    await cancel(waiting)
  })
})

describe('inputs', () => {
  test('go to the workflows that ask for them; those of the job run stand in place of the job’s', async () => {
    const jobId = await saveJob(server, ['login', 'export', 'echo'], { inputs: { user: 'anna', password: 'job-secret-1', month: '2026-01' } })
    const ended = await jobRunOver(server, await startJob(server, jobId, { month: '2026-02' }))
    expect(ended.workflowRuns.map(({ inputs }: Json) => Object.fromEntries(inputs.map(({ name, value }: Json) => [name, value])))).toEqual([
      { user: 'anna', password: '[redacted]' },
      { month: '2026-02', rows: 50 },
      // It does not say what it asks for, so it cannot know which are secret.
      { user: 'anna', month: '2026-02' },
    ])
    expect(ended).toMatchObject({ status: 'COMPLETED', inputs: { password: '[redacted]', month: '2026-02' } })
    const shown = JSON.stringify([ended, (await server.call('GET', `/api/v1/jobs/${jobId}`)).body, (await server.call('GET', '/api/v1/jobs?limit=100')).body])
    expect(shown).not.toContain('job-secret-1')
  })

  test('are checked for all workflows before anything starts, and all faults are told', async () => {
    const jobId = await saveJob(server, ['login', 'export'])
    const { status, body } = await server.call('POST', '/api/v1/job-runs', { jobId, inputs: { user: 'anna', rows: 'many' } })
    expect({ status, paths: body.details.map(({ path, message }: Json) => `${path} ${message.match(/\((\w+)\)$/)?.[1]}`).sort() }).toEqual({
      status: 400,
      paths: ['inputs.month export', 'inputs.password login', 'inputs.rows export'],
    })
    expect((await server.call('GET', `/api/v1/job-runs?jobId=${jobId}`)).body.pagination.total).toBe(0)
    expect(await server.call('POST', '/api/v1/job-runs', { jobId, inputs: { user: 'a', password: 'b', month: 'c', moon: 1 } })).toMatchObject({ status: 400, body: { details: [{ path: 'inputs.moon', code: 'unknown_input' }] } })
  })

  test('that are shown as redacted are not taken for the secret', async () => {
    const jobId = await saveJob(server, ['login'], { inputs: { user: 'anna', password: 'kept-secret' } })
    const { body } = await server.call('GET', `/api/v1/jobs/${jobId}`)
    expect(await server.call('PATCH', `/api/v1/jobs/${jobId}`, { inputs: body.inputs })).toMatchObject({ status: 400, body: { details: [{ path: 'inputs', code: 'redacted' }] } })
    expect(await server.call('PATCH', `/api/v1/jobs/${jobId}`, { name: 'Renamed' })).toMatchObject({ status: 200, body: { name: 'Renamed', inputs: { password: '[redacted]' } } })
    const child = (await jobRunOver(server, await startJob(server, jobId))).workflowRuns[0]
    expect(child.state).toBe('COMPLETED')
  })
})

describe('a job', () => {
  test('is saved, read, listed, changed and deleted', async () => {
    const { status, headers, body } = await server.call('POST', '/api/v1/jobs', { name: 'Sync acme', sourceProvider: 'acme-hr', jobConfigJson: { workflowExecutionOrder: ['echo', 'idle'] } })
    const order = [(await server.call('GET', '/api/v1/workflows/echo')).body.workflow.id, (await server.call('GET', '/api/v1/workflows/idle')).body.workflow.id]
    expect({ status, location: headers.get('location') }).toEqual({ status: 201, location: `/api/v1/jobs/${body.id}` })
    expect(body).toMatchObject({ name: 'Sync acme', sourceProvider: 'acme-hr', jobConfigJson: { workflowExecutionOrder: order }, inputs: {} })
    expect((await server.call('GET', '/api/v1/jobs?search=acme')).body).toMatchObject({ jobs: [body], pagination: { total: 1 } })
    expect((await server.call('PATCH', `/api/v1/jobs/${body.id}`, { sourceProvider: null })).body).toMatchObject({ name: 'Sync acme', sourceProvider: null })
    expect((await server.call('PUT', `/api/v1/jobs/${body.id}`, { name: 'Sync', jobConfigJson: { workflowExecutionOrder: ['idle'] } })).body).toMatchObject({ jobConfigJson: { workflowExecutionOrder: [order[1]] } })
    expect((await server.call('DELETE', `/api/v1/jobs/${body.id}`)).status).toBe(204)
    for (const method of ['GET', 'DELETE']) expect((await server.call(method, `/api/v1/jobs/${body.id}`)).status).toBe(404)
  })

  test.each([
    ['a workflow that is not there', { name: 'x', jobConfigJson: { workflowExecutionOrder: ['echo', 'nowhere'] } }, 422, 'jobConfigJson.workflowExecutionOrder[1]'],
    ['no workflow', { name: 'x', jobConfigJson: { workflowExecutionOrder: [] } }, 400, 'jobConfigJson.workflowExecutionOrder'],
    ['a field that it does not know', { name: 'x', jobConfigJson: { workflowExecutionOrder: ['echo'] }, parallel: true }, 400, 'parallel'],
    ['an input that none asks for', { name: 'x', jobConfigJson: { workflowExecutionOrder: ['login'] }, inputs: { moon: 1 } }, 400, 'inputs.moon'],
  ])('is refused with %s', async (_name, body, status, path) => {
    expect(await server.call('POST', '/api/v1/jobs', body)).toMatchObject({ status, body: { details: [{ path }] } })
  })

  test('that is started twice with the same key runs once', async () => {
    const jobId = await saveJob(server, ['echo'])
    const key = { 'idempotency-key': 'once' }
    const [one, two] = await Promise.all([1, 2].map(() => server.call('POST', '/api/v1/job-runs', { jobId }, key))) as unknown as [Json, Json]
    expect(two).toMatchObject({ status: 202, body: one.body })
    await jobRunOver(server, one.body.id)
    expect((await server.call('POST', '/api/v1/job-runs', { jobId }, key)).body).toEqual(one.body)
    expect((await server.call('POST', '/api/v1/job-runs', { jobId, inputs: { a: 1 } }, key)).body.code).toBe('idempotency_conflict')
    expect((await server.call('GET', `/api/v1/job-runs?jobId=${jobId}`)).body.pagination.total).toBe(1)
    const again = await Promise.all([1, 2].map(() => rerun(one.body.id, {}, key)))
    expect(again[0]!.body).toEqual(again[1]!.body)
  })
})

describe('who may', () => {
  test('others’ jobs and job runs are not there; a viewer only reads; hidden runs hide their job run', async () => {
    const [anna, ben, vera, eve] = await Promise.all([as(server, { sub: 'anna' }), as(server, { sub: 'ben' }), as(server, { sub: 'vera', role: 'viewer' }), as(server, { sub: 'eve', org: 'elsewhere', role: 'admin' })])
    await anna.call('POST', '/api/v1/workflows', linear('hidden', [step('a', { type: 'TRANSFORM', value: 1 })], { allowAnyoneToViewRuns: false }))
    await anna.call('POST', '/api/v1/workflows', linear('open', [step('a', { type: 'TRANSFORM', value: 1 })]))
    const jobOf = async (workflow: string) => (await anna.call('POST', '/api/v1/jobs', { name: workflow, jobConfigJson: { workflowExecutionOrder: [workflow] } })).body.id as string
    const start = async (jobId: string) => (await anna.call('POST', '/api/v1/job-runs', { jobId })).body.id as string
    const jobId = await jobOf('open')
    const [open, hidden] = [await start(jobId), await start(await jobOf('hidden'))]
    const calls: [string, string, Json?][] = [
      ['GET', `/api/v1/jobs/${jobId}`],
      ['GET', `/api/v1/job-runs/${open}`],
      ['PATCH', `/api/v1/jobs/${jobId}`, { name: 'mine' }],
      ['PUT', `/api/v1/jobs/${jobId}`, { name: 'mine', jobConfigJson: { workflowExecutionOrder: ['open'] } }],
      ['DELETE', `/api/v1/jobs/${jobId}`],
      ['POST', '/api/v1/job-runs', { jobId }],
      ['POST', `/api/v1/job-runs/${open}/cancel`, {}],
      ['POST', `/api/v1/job-runs/${open}/rerun`, {}],
    ]
    for (const [method, path, body] of calls) {
      expect({ method, path, status: (await eve.call(method, path, body)).status }).toEqual({ method, path, status: 404 })
      expect({ method, path, status: (await vera.call(method, path, body)).status }).toEqual({ method, path, status: method === 'GET' ? 200 : 403 })
    }
    expect(await ben.call('DELETE', `/api/v1/jobs/${jobId}`)).toMatchObject({ status: 403 })
    expect((await ben.call('GET', `/api/v1/job-runs/${hidden}`)).status).toBe(404)
    expect((await ben.call('GET', '/api/v1/job-runs')).body.jobRuns.map(({ id }: Json) => id)).toEqual([open])
    expect((await anna.call('GET', '/api/v1/job-runs')).body.pagination.total).toBe(2)
    for (const list of ['jobs', 'job-runs']) expect((await eve.call('GET', `/api/v1/${list}`)).body.pagination.total).toBe(0)
  })

  test('who may not execute a workflow puts it into no job, and starts none with it', async () => {
    const [ben, ada] = [await as(server, { sub: 'ben' }), await as(server, { sub: 'ada', role: 'admin' })]
    await ada.call('POST', '/api/v1/workflows', linear('closed', [step('start', { type: 'SELF_SERVE_TRIGGER', permissions: { users: ['ada'] } }), step('a', { type: 'TRANSFORM', value: 1 })]))
    const job = { name: 'closed', jobConfigJson: { workflowExecutionOrder: ['closed'] } }
    expect(await ben.call('POST', '/api/v1/jobs', job)).toMatchObject({ status: 403, body: { code: 'not_allowed' } })
    const { body } = await ada.call('POST', '/api/v1/jobs', job)
    expect(await ben.call('POST', '/api/v1/job-runs', { jobId: body.id })).toMatchObject({ status: 403 })
    expect((await ada.call('POST', '/api/v1/job-runs', { jobId: body.id })).status).toBe(202)
  })
})
