import { expect, test } from 'vitest'
import { linear, startTestServer, type Json } from '../harness.ts'
import { jobRun, saveJob, startJob } from '../job-runs.ts'
import { startSecondProcess } from '../start-second-process.ts'

test('of two processes that move the same job runs on, one starts each place, and neither stumbles', async () => {
  await using server = await startTestServer()
  await using second = await startSecondProcess(server.dataDir, (runId) => void server.server.services.engine.submit(runId))
  await server.save(linear('quick', [{ identifier: 'a', config: { type: 'TRANSFORM', value: 1 } }]))
  const jobId = await saveJob(server, ['quick', 'quick', 'quick'])
  const ids = await Promise.all(Array.from({ length: 12 }, () => startJob(server, jobId)))
  for (const id of ids) while ((await jobRun(server, id)).completedAt === null) await new Promise((resolve) => setTimeout(resolve, 5))
  for (const id of ids) expect(await jobRun(server, id)).toMatchObject({ status: 'COMPLETED', workflowRuns: [{}, {}, {}] })
  const { body } = await server.call('GET', '/api/v1/workflow-runs?limit=100')
  expect(body.workflowRuns.filter(({ state }: Json) => state === 'COMPLETED')).toHaveLength(36)
  expect(body.pagination.total).toBe(36)
  expect(second.started.length).toBeGreaterThan(0)
  expect(second.faults()).toBe('')
})
