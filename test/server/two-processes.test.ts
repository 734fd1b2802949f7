import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { jobRun, saveJob, startJob } from '../job-runs.ts'
import { startSecondProcess, type SecondProcess } from '../start-second-process.ts'

/** Two processes at work on one store: each thing is done by one of them, and neither stumbles. */

let server: TestServer
let second: SecondProcess
beforeAll(async () => {
  server = await startTestServer()
  second = await startSecondProcess(server.dataDir, (runId) => void server.server.services.engine.submit(runId))
})
afterAll(async () => {
  await second[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const save = (identifier: string) => server.save(linear(identifier, [{ identifier: 'a', config: { type: 'TRANSFORM', value: 1 } }]))
const pause = () => new Promise((resolve) => setTimeout(resolve, 20))

test('each place of a job run is started once', async () => {
  await save('quick')
  const jobId = await saveJob(server, ['quick', 'quick', 'quick'])
  const ids: string[] = []
  // Both look when they come to it: until each of them has had its share.
  while (second.started.length === 0) {
    const more = await Promise.all(Array.from({ length: 12 }, () => startJob(server, jobId)))
    for (const id of more) while ((await jobRun(server, id)).completedAt === null) await pause()
    ids.push(...more)
  }
  for (const id of ids) expect(await jobRun(server, id)).toMatchObject({ status: 'COMPLETED', workflowRuns: [{}, {}, {}] })
  const total = async (query: string) => (await server.call('GET', `/api/v1/workflow-runs?limit=1${query}`)).body.pagination.total as number
  expect([await total('&state=COMPLETED'), await total('')]).toEqual([3 * ids.length, 3 * ids.length])
  expect(second.faults()).toBe('')
})

test('each time of a schedule starts once', async () => {
  const workflows: string[] = []
  for (let index = 0; index < 30; index++) workflows.push((await save(`scheduled-${index}`)).id)
  const jobId = await saveJob(server, ['quick'])
  const at = new Date(Date.now() + 86_400_000).toISOString()
  for (const path of [...workflows.map((id) => `workflows/${id}`), `jobs/${jobId}`]) expect((await server.call('PUT', `/api/v1/${path}/schedule`, { at })).status).toBe(200)
  // All in the same moment, however long it took to set them.
  await server.server.services.db.write(async (tx) => tx.run(sql`UPDATE schedules SET next_at = ${Date.now()}`))
  const left = async () => ((await server.call('GET', '/api/v1/schedules?limit=100')).body.schedules as Json[]).filter(({ lastRunAt }) => lastRunAt === null)
  while ((await left()).length > 0) await pause()
  const { body } = await server.call('GET', '/api/v1/workflow-runs?limit=100')
  const started = (body.workflowRuns as Json[]).filter(({ jobRunId }) => jobRunId === null).map(({ workflowId }) => workflowId as string)
  expect(started.sort()).toEqual([...workflows].sort())
  expect((await server.call('GET', `/api/v1/job-runs?jobId=${jobId}`)).body.pagination.total).toBe(1)
  expect(second.faults()).toBe('')
})
