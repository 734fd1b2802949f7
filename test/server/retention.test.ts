import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { markOldRuns } from '../../db/old-runs.ts'
import { purgeRuns } from '../../db/purge.ts'
import { uuidv7 } from '../../runner/model/id.ts'
import { createClock } from '../../server/clock.ts'
import { RETENTION } from '../../server/retention.ts'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { startReceiver, type Receiver } from '../receiver.ts'

/** What goes after its time, what stays because something open needs it, and what callers are told. */

const DAY = 24 * 3_600_000
const RUNS = '/api/v1/workflow-runs'
const ASK = { identifier: 'ask', config: { type: 'USER_INPUT', title: '?', timeoutMs: 365 * DAY } }
const FILE = { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { doc: { type: 'string', format: 'file' } } } } }

let shift = 0
const clock = { ...createClock(), now: () => Date.now() + shift }
let server: TestServer
let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
  server = await startTestServer({ RETENTION_DAYS: '30' }, { clock })
  await server.save(linear('quick', [{ identifier: 'one', config: { type: 'TRANSFORM', value: 1 } }]))
  await server.save(linear('with_file', [FILE, { identifier: 'one', config: { type: 'TRANSFORM', value: 1 } }]))
  await server.save(linear('asks', [FILE, ASK]))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

/** Lets days go by, and has the server look at once. */
const pass = (days: number): void => {
  shift += days * DAY
  server.server.services.followers.wake(RETENTION)
}
const rows = (table: string): Promise<number> =>
  server.server.services.db.read(async (query) => query.get<{ count: number }>(`SELECT count(*) AS count FROM ${table}`).count)
const stored = async (): Promise<Json> => (await server.call('GET', '/api/v1/storage')).body
const statusOf = async (id: string): Promise<number> => (await server.call('GET', `${RUNS}/${id}`)).status
const execute = async (workflowId: string, inputs: Json = {}): Promise<string> => (await server.call('POST', `${RUNS}/execute`, { workflowId, inputs })).body.workflowRun.id as string
const withFile = async (workflowId = 'with_file'): Promise<{ id: string; artifact: Json }> => {
  const form = new FormData()
  form.append('workflowId', workflowId)
  form.append('inputs[doc]', new Blob(['kept for a while']), 'doc.txt')
  const { id } = (await (await fetch(server.url + RUNS, { method: 'POST', body: form })).json()) as { id: string }
  if (workflowId === 'with_file') await server.settled(id)
  return { id, artifact: (await server.call('GET', `/api/v1/artifacts?workflowRunId=${id}`)).body.artifacts[0] as Json }
}

/** A file that is there, as an input names it. */
const fileValue = ({ id, displayName, mimeType, fileSizeBytes, fileHash }: Json): Json => ({ artifactId: id, name: displayName, mimeType, sizeBytes: fileSizeBytes, sha256: fileHash })

describe('what ended longer ago than RETENTION_DAYS', () => {
  test('goes with its events, its files and all that belongs to it; what is younger stays', async () => {
    const old = await withFile()
    const oldToo = await execute('quick')
    pass(20)
    const young = await withFile()
    const path = server.server.services.files.pathOf(old.artifact.id as string)
    expect([existsSync(path), (await stored()).runs.count, (await stored()).artifacts]).toEqual([true, 3, { count: 2, sizeBytes: 32 }])
    pass(11)
    await expect.poll(() => rows('runs')).toBe(1)
    expect([await statusOf(old.id), await statusOf(oldToo), await statusOf(young.id)]).toEqual([404, 404, 200])
    expect(existsSync(path)).toBe(false)
    expect([await rows('artifacts'), await rows('activity_runs')]).toEqual([1, 2])
    expect((await server.call('GET', `/api/v1/artifacts/${old.artifact.id}`)).status).toBe(404)
    expect((await fetch(old.artifact.signedUrl as string)).status).toBe(403)
    expect((await fetch((await server.call('GET', `/api/v1/artifacts/${young.artifact.id}`)).body.signedUrl as string)).status).toBe(200)
    // Counts, lists and what is shown of the store know it.
    expect((await server.call('GET', `${RUNS}/dashboard/with_file`)).body.counts.completed).toBe(1)
    expect((await server.call('GET', RUNS)).body).toMatchObject({ workflowRuns: [{ id: young.id }], pagination: { total: 1 } })
    expect(await stored()).toMatchObject({ retentionDays: 30, runs: { count: 1, oldestCreatedAt: expect.any(String) }, artifacts: { count: 1, sizeBytes: 16 }, disk: { databaseBytes: expect.any(Number), freeBytes: expect.any(Number) } })
    // Its workflow starts others as before.
    expect(await statusOf(await execute('with_file'))).toBe(200)
  })

  test('is not there for whoever comes back to its stream, and is told why', async () => {
    const id = await execute('quick')
    pass(31)
    await expect.poll(() => statusOf(id)).toBe(404)
    const { status, body } = await server.call('GET', `${RUNS}/${id}/stream`, undefined, { 'last-event-id': '3' })
    expect({ status, ...body }).toEqual({ status: 404, code: 'not_found', error: expect.stringContaining('30 days after they end') })
  })

  test('is nobody’s from the moment it is marked, however long it takes to take it away', async () => {
    const { services } = server.server
    const { id, artifact } = await withFile()
    const total = async (): Promise<number> => (await server.call('GET', RUNS)).body.pagination.total as number
    const before = await total()
    await services.db.write(async (tx) => tx.run(`UPDATE runs SET completed_at = 0 WHERE id = '${id}'`))
    expect(await markOldRuns(services.db, { before: 1, at: clock.now(), limit: 10, named: new Set(), since: clock.now() })).toBe(1)
    expect([await statusOf(id), await total()]).toEqual([404, before - 1])
    expect((await server.call('GET', `/api/v1/artifacts/${artifact.id}`)).status).toBe(404)
    expect((await server.call('POST', `${RUNS}/${id}/rerun`, {})).status).toBe(404)
    // A run whose files are still there keeps its row: or nobody would know of them.
    for (let run: string | null = ''; run !== null; ) run = await purgeRuns(services.db, run, 2)
    expect(await rows(`runs WHERE id = '${id}'`)).toBe(1)
    expect(await rows(`events WHERE run_id = '${id}'`)).toBe(0)
    pass(0)
    await expect.poll(() => rows(`runs WHERE id = '${id}'`)).toBe(0)
    expect(existsSync(services.files.pathOf(artifact.id as string))).toBe(false)
  })

  test('goes although the file of another cannot be removed, which goes when it can', async () => {
    const { files } = server.server.services
    const [stuck, other] = [await withFile(), await withFile()]
    const path = files.pathOf(stuck.artifact.id as string)
    rmSync(path)
    mkdirSync(path)
    pass(31)
    await expect.poll(() => rows(`runs WHERE id = '${other.id}'`)).toBe(0)
    expect(await rows(`runs WHERE id = '${stuck.id}'`)).toBe(1)
    rmdirSync(path)
    pass(0)
    await expect.poll(() => rows(`runs WHERE id = '${stuck.id}'`)).toBe(0)
  })

  test('so does a file that a process left which was killed before the store knew of it; not a younger one, nor what is somebody else’s', async () => {
    const { files } = server.server.services
    const [stray, half, young] = [clock.newId(), clock.newId(), uuidv7(clock.now() + 20 * DAY, 0, randomBytes(8))]
    for (const id of [stray, half, young]) mkdirSync(dirname(files.pathOf(id)), { recursive: true })
    const others = join(dirname(files.pathOf(stray)), 'notes.txt')
    const left = [files.pathOf(stray), `${files.pathOf(half)}.part`, files.pathOf(young), others]
    for (const path of left) writeFileSync(path, 'x')
    const { artifact } = await withFile('asks')
    pass(31)
    await expect.poll(() => left.map((path) => existsSync(path))).toEqual([false, false, true, true])
    expect(existsSync(files.pathOf(artifact.id as string))).toBe(true)
  })

  test('a job run goes when none of its runs is left', async () => {
    const { id } = (await server.call('GET', '/api/v1/workflows/quick')).body.workflow as Json
    const job = (await server.call('POST', '/api/v1/jobs', { name: 'Twice', jobConfigJson: { workflowExecutionOrder: [id, id] } })).body
    const { webhook } = (await server.call('POST', '/api/v1/webhooks', { url: `${receiver.url}/job`, events: ['job_run.completed'] })).body
    const jobRun = (await server.call('POST', '/api/v1/job-runs', { jobId: (job.job ?? job).id })).body.id as string
    await receiver.until('/job', 1)
    pass(31)
    await expect.poll(async () => (await server.call('GET', `/api/v1/job-runs/${jobRun}`)).status).toBe(404)
    expect([await rows('job_run_events'), await rows('webhook_deliveries')]).toEqual([0, 0])
    await server.call('DELETE', `/api/v1/webhooks/${webhook.id}`)
  })

  test('keys, changes of entities and deliveries of then go, too', async () => {
    const { id } = (await server.call('POST', RUNS, { workflowId: 'quick' }, { 'idempotency-key': 'old' })).body
    await server.settled(id)
    await server.call('POST', '/v1/blueprints/employee/entities', { identifier: 'maria' })
    const { webhook } = (await server.call('POST', '/api/v1/webhooks', { url: `${receiver.url}/old`, events: ['workflow_run.completed'] })).body
    await server.call('POST', `/api/v1/webhooks/${webhook.id}/ping`)
    await execute('quick')
    await expect.poll(async () => (await server.call('GET', `/api/v1/webhooks/${webhook.id}/deliveries?status=delivered`)).body.pagination.total).toBe(2)
    await expect.poll(() => rows(`cursors WHERE name = 'event-triggers' AND seq > 0`)).toBe(1)
    pass(31)
    for (const table of ['idempotency_keys', 'entity_changes', 'webhook_deliveries']) await expect.poll(() => rows(table)).toBe(0)
    expect(await rows('entities')).toBe(1)
    expect((await server.call('GET', `/api/v1/webhooks/${webhook.id}`)).status).toBe(200)
    await server.call('DELETE', `/api/v1/webhooks/${webhook.id}`)
  })
})

describe('what stays although it is old', () => {
  test('a run that has not ended, and what it was made from or names', async () => {
    const named = await withFile()
    const rerunOf = await withFile()
    const waiting = await server.run('asks', { doc: fileValue(named.artifact) })
    // A rerun of a rerun: the first of them left the file.
    const again = (await server.call('POST', `${RUNS}/${rerunOf.id}/rerun`, {})).body.id as string
    await server.settled(again)
    await server.save(linear('asks_again', [FILE, ASK]))
    const asked = await withFile('asks_again')
    await server.until(asked.id, ({ awaiting }) => awaiting !== null)
    await server.call('POST', `${RUNS}/${asked.id}/cancel`, {})
    const third = (await server.call('POST', `${RUNS}/${asked.id}/rerun`, { fromStepId: 'ask' })).body.id as string
    await server.until(third, ({ awaiting }) => awaiting !== null)
    await server.until(waiting.id, ({ awaiting }) => awaiting !== null)
    pass(31)
    await expect.poll(() => statusOf(again)).toBe(404)
    await expect.poll(() => statusOf(rerunOf.id)).toBe(404)
    expect([await statusOf(waiting.id), await statusOf(named.id), await statusOf(third), await statusOf(asked.id)]).toEqual([200, 200, 200, 200])
    for (const id of [waiting.id, third]) await server.call('POST', `${RUNS}/${id}/input`, { values: {} })
    for (const id of [waiting.id, third]) expect((await server.settled(id)).workflowRun.state).toBe('COMPLETED')
    pass(31)
    for (const id of [waiting.id, third, named.id, asked.id]) await expect.poll(() => statusOf(id)).toBe(404)
  })

  test('a run whose file a job or a schedule hands on, until they are gone', async () => {
    const [ofJob, ofSchedule, ofNobody] = [await withFile(), await withFile(), await withFile()]
    const job = { name: 'files', jobConfigJson: { workflowExecutionOrder: ['with_file'] }, inputs: { doc: fileValue(ofJob.artifact) } }
    const { body: saved } = await server.call('POST', '/api/v1/jobs', job)
    const schedule = { at: new Date(clock.now() + 365 * DAY).toISOString(), inputs: { doc: fileValue(ofSchedule.artifact) } }
    expect((await server.call('PUT', '/api/v1/workflows/with_file/schedule', schedule)).status).toBe(200)
    pass(31)
    await expect.poll(() => statusOf(ofNobody.id)).toBe(404)
    expect([await statusOf(ofJob.id), await statusOf(ofSchedule.id)]).toEqual([200, 200])
    await server.call('DELETE', `/api/v1/jobs/${saved.id}`)
    await server.call('DELETE', '/api/v1/workflows/with_file/schedule')
    pass(0)
    for (const { id } of [ofJob, ofSchedule]) await expect.poll(() => statusOf(id)).toBe(404)
  })

  test('a child whose parent goes on', async () => {
    await server.save(linear('parent', [{ identifier: 'child', config: { type: 'RUN_WORKFLOW', workflow: 'quick' } }, ASK]))
    const { id } = await server.run('parent')
    const { activityRuns } = await server.until(id, ({ awaiting }) => awaiting !== null)
    const child = activityRuns.find(({ stepId }) => stepId === 'child')!.outputs!.runId as string
    const unneeded = await execute('quick')
    pass(31)
    await expect.poll(() => statusOf(unneeded)).toBe(404)
    expect(await statusOf(child)).toBe(200)
    await server.call('POST', `${RUNS}/${id}/cancel`, {})
    await expect.poll(async () => {
      pass(0)
      return statusOf(child)
    }).toBe(404)
  })

  test('a run that somebody is still to be told of', async () => {
    receiver.answer('/untold', 500)
    const { webhook } = (await server.call('POST', '/api/v1/webhooks', { url: `${receiver.url}/untold`, events: ['workflow_run.completed'] })).body
    const id = await execute('quick')
    await receiver.until('/untold', 1)
    await server.call('PATCH', `/api/v1/webhooks/${webhook.id}`, { events: ['workflow_run.failed'] })
    const unneeded = await execute('quick')
    pass(31)
    await expect.poll(() => statusOf(unneeded)).toBe(404)
    expect(await statusOf(id)).toBe(200)
    receiver.answer('/untold', 200)
    // It may have been tried once more before it answered well: then its turn comes another day.
    await expect.poll(async () => {
      pass(1)
      server.server.services.followers.wake('webhook-deliveries')
      return statusOf(id)
    }).toBe(404)
    expect(receiver.at('/untold').length).toBeGreaterThan(1)
  })
})
