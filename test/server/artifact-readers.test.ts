import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { loadCatalog } from '../../runner/catalog.ts'
import { defineStep, done, type Step } from '../../steps/lib/step.ts'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { jobRunOver, saveJob, startJob } from '../job-runs.ts'
import { as, CALLERS } from './callers.ts'

/** Whose files a run may read: those that who made it may see, and no others of the org. */

/** Leaves a file, and puts out which. */
const leave = defineStep({
  summary: 'Leave a file.',
  config: z.strictObject({}),
  run: async ({ saveArtifact }) => done({ file: (await saveArtifact({ type: 'download', name: 'a.txt', mimeType: 'text/plain', from: Buffer.from('x') })).id }),
})
/** Reads one, as UPLOAD does. */
const read = defineStep({
  summary: 'Read a file.',
  config: z.strictObject({ file: z.string() }),
  run: async ({ readArtifact }, { file }) => done({ name: (await readArtifact(file)).name }),
})

type Caller = Awaited<ReturnType<typeof as>>
let server: TestServer
let anna: Caller, ben: Caller, ada: Caller
beforeAll(async () => {
  const catalog = new Map<string, Step>([...(await loadCatalog()), ['LEAVE', leave], ['READ', read]])
  server = await startTestServer(CALLERS, { catalog })
  anna = await as(server, { sub: 'anna' })
  ben = await as(server, { sub: 'ben' })
  ada = await as(server, { sub: 'ada', role: 'admin' })
  const LEAVE = { identifier: 'leave', config: { type: 'LEAVE' } }
  const READ = { identifier: 'read', config: { type: 'READ', file: '{{ .inputs.file }}' } }
  const definitions = [
    linear('leaves', [LEAVE]),
    linear('hides', [LEAVE], { allowAnyoneToViewRuns: false }),
    linear('reads', [READ]),
    linear('hides_reads', [READ], { allowAnyoneToViewRuns: false }),
    linear('keeps', [LEAVE, { identifier: 'read', config: { type: 'READ', file: '{{ .outputs.leave.file }}' } }], { allowAnyoneToViewRuns: false }),
    // Nobody makes it, and nobody but admins sees it: it reads what its child has left, and its child what it has.
    {
      ...linear('by_entity', [
        { identifier: 'new', config: { type: 'EVENT_TRIGGER', event: { type: 'ENTITY_CREATED', blueprintIdentifier: 'thing' } } },
        { identifier: 'child', config: { type: 'RUN_WORKFLOW', workflow: 'hides' } },
        { identifier: 'read', config: { type: 'READ', file: '{{ .outputs.child.outputs.leave.file }}' } },
        LEAVE,
        { identifier: 'hand_down', config: { type: 'RUN_WORKFLOW', workflow: 'hides_reads', inputs: { file: '{{ .outputs.leave.file }}' } } },
      ]),
      allowAnyoneToViewRuns: false,
      connections: [['new', 'child'], ['child', 'read'], ['read', 'leave'], ['leave', 'hand_down']].map(([sourceIdentifier, targetIdentifier]) => ({ sourceIdentifier, targetIdentifier })),
    },
  ]
  for (const definition of definitions) expect((await ada.call('POST', '/api/v1/workflows', definition)).status).toBe(201)
})
afterAll(() => server[Symbol.asyncDispose]())

const execute = async (who: Caller, workflowId: string, inputs: Json = {}): Promise<Json> => (await who.call('POST', '/api/v1/workflow-runs/execute', { workflowId, inputs })).body.workflowRun as Json
const leaveFile = async (who: Caller, workflowId: string): Promise<string> => (await execute(who, workflowId)).outputs.leave.file as string

test('a file of a run that all may see is read by every run of the org', async () => {
  expect(await execute(ben, 'reads', { file: await leaveFile(anna, 'leaves') })).toMatchObject({ state: 'COMPLETED', outputs: { read: { name: 'a.txt' } } })
})

test('a file of a hidden run is there for runs of who made it, and of admins; for others there is none', async () => {
  const file = await leaveFile(anna, 'hides')
  expect(await execute(anna, 'reads', { file })).toMatchObject({ state: 'COMPLETED' })
  expect(await execute(ada, 'reads', { file })).toMatchObject({ state: 'COMPLETED' })
  const [refused, none] = [await execute(ben, 'reads', { file }), await execute(ben, 'reads', { file: '0197d0d0-0000-7000-8000-000000000000' })]
  expect(refused.error).toMatchObject({ code: 'step_failed', message: `There is no artifact ${file}.` })
  expect(none.error.code).toBe(refused.error.code)
})

test('a file of another org is not there', async () => {
  const file = await leaveFile(anna, 'leaves')
  const eve = await as(server, { sub: 'eve', org: 'elsewhere', role: 'admin' })
  await eve.call('POST', '/api/v1/workflows', linear('reads', [{ identifier: 'read', config: { type: 'READ', file: '{{ .inputs.file }}' } }]))
  expect((await execute(eve, 'reads', { file })).error).toMatchObject({ message: `There is no artifact ${file}.` })
})

test('a run reads its own files, those of a run that it waited for, and those of one that waits for it, also when nobody made it', async () => {
  expect(await execute(ben, 'keeps')).toMatchObject({ state: 'COMPLETED' })
  await ada.call('POST', '/v1/blueprints/thing/entities', { title: 'x' })
  const last = async () => ((await ada.call('GET', '/api/v1/workflow-runs?workflowId=by_entity')).body.workflowRuns as Json[])[0]
  await expect.poll(async () => (await last())?.completedAt).toEqual(expect.any(String))
  expect(await last()).toMatchObject({ state: 'COMPLETED', error: null, createdByUserId: null, outputs: { read: { name: 'a.txt' }, hand_down: { outputs: { read: { name: 'a.txt' } } } } })
})

test('the runs of a job may read what who started it may', async () => {
  const file = await leaveFile(anna, 'hides')
  const asAda = { ...server, call: ada.call }
  const jobId = await saveJob(asAda, ['reads'])
  const ended = async (who: Caller) => jobRunOver(asAda, await startJob({ ...server, call: who.call }, jobId, { file }))
  for (const who of [ada, anna]) expect(await ended(who)).toMatchObject({ status: 'COMPLETED', workflowRuns: [{ outputs: { read: { name: 'a.txt' } } }] })
  expect(await ended(ben)).toMatchObject({ status: 'FAILED', error: { message: `There is no artifact ${file}.` } })
})

test('what a schedule starts may read what who set it may: a run, and the runs of a job', async () => {
  const file = await leaveFile(anna, 'hides')
  const soon = () => new Date(Date.now() + 300).toISOString()
  const asAda = { ...server, call: ada.call }
  const runOf = async (workflowId: string): Promise<Json | undefined> => ((await ada.call('GET', `/api/v1/workflow-runs?workflowId=${workflowId}`)).body.workflowRuns as Json[])[0]
  for (const [who, name, mayRead] of [[ada, 'ada', true], [anna, 'anna', true], [ben, 'ben', false]] as const) {
    const workflowId = `scheduled_${name}`
    await ada.call('POST', '/api/v1/workflows', linear(workflowId, [{ identifier: 'read', config: { type: 'READ', file: '{{ .inputs.file }}' } }]))
    expect((await who.call('PUT', `/api/v1/workflows/${workflowId}/schedule`, { at: soon(), inputs: { file } })).status).toBe(200)
    await expect.poll(async () => (await runOf(workflowId))?.completedAt, { timeout: 10_000 }).toEqual(expect.any(String))
    expect(await runOf(workflowId)).toMatchObject({ state: mayRead ? 'COMPLETED' : 'FAILED', createdByUserId: name })

    const jobId = await saveJob(asAda, ['reads'])
    expect((await who.call('PUT', `/api/v1/jobs/${jobId}/schedule`, { at: soon(), inputs: { file } })).status).toBe(200)
    const jobRuns = async () => (await ada.call('GET', `/api/v1/job-runs?jobId=${jobId}`)).body.jobRuns as Json[]
    await expect.poll(async () => (await jobRuns()).length, { timeout: 10_000 }).toBe(1)
    expect({ name, ...(await jobRunOver(asAda, (await jobRuns())[0]!.id as string)) }).toMatchObject({ name, status: mayRead ? 'COMPLETED' : 'FAILED' })
  }
})
