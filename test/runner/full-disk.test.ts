import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startGate, type Gate } from '../gate.ts'
import type { Json } from '../harness.ts'
import { openHouse, type House } from '../house.ts'
import { step } from '../restarts.ts'

/** The store may not grow while runs are at work. */

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let house: House
let gate: Gate
beforeAll(async () => {
  house = await openHouse()
  gate = await startGate()
})
afterAll(async () => {
  await house[Symbol.asyncDispose]()
  await gate[Symbol.asyncDispose]()
})

const limit = (pages: number | 'none') =>
  house.server.server.services.db.write(async (tx) => {
    const { count } = tx.get<{ count: number }>(sql`SELECT page_count AS count FROM pragma_page_count()`)
    tx.get(sql.raw(`PRAGMA max_page_count = ${pages === 'none' ? 1_000_000_000 : count + pages}`))
  })

test('a run that the store refuses goes on when there is space again; until then it can be looked at, and nothing half-written is in it', async () => {
  const { portal, server } = house
  const runId = await house.begin([
    step('hold', { type: 'WEBHOOK', url: `${gate.url}/hold`, method: 'GET' }),
    step('big', { type: 'TRANSFORM', value: { filler: 'x'.repeat(200_000) } }),
    step('open', { type: 'NAVIGATE', url: `${portal.url}/storage` }),
    step('end', { type: 'WEBHOOK', url: `${portal.url}/echo`, body: { name: 'end' } }),
  ])
  await gate.arrived('/hold')
  await limit(3)
  gate.open('/hold')
  // It is tried again and again, more and more slowly.
  await vi.waitUntil(async () => (await house.events(runId)).filter(({ type }) => type === 'run.handed_back').length >= 1, { timeout: 60_000, interval: 50 })
  const during = await server.get(runId)
  expect(during.workflowRun.state).toBe('IN_PROGRESS')
  expect(during.activityRuns.find(({ stepId, status }) => stepId === 'big' && status === 'completed')).toBeUndefined()
  expect(portal.received).toEqual([])

  await limit('none')
  const { workflowRun, activityRuns } = await server.settled(runId)
  expect(workflowRun).toMatchObject({ state: 'COMPLETED', error: null })
  for (const id of ['hold', 'big', 'open', 'end']) expect(activityRuns.filter(({ stepId, status }) => stepId === id && status === 'completed')).toHaveLength(1)
  expect(portal.received).toHaveLength(1)
  const whole = await server.server.services.db.read(async (query) => query.get<{ integrity_check: string }>(sql`PRAGMA integrity_check`))
  expect(whole).toEqual({ integrity_check: 'ok' })
})

test('a run can be cancelled all the same, as soon as the store takes the word', async () => {
  const runId = await house.begin([step('big', { type: 'WEBHOOK', url: `${gate.url}/again`, method: 'GET' }), step('more', { type: 'TRANSFORM', value: { filler: 'x'.repeat(200_000) } })])
  await gate.arrived('/again')
  await limit(3)
  gate.open('/again')
  await vi.waitUntil(async () => (await house.events(runId)).some(({ type }) => type === 'run.handed_back'), { timeout: 60_000, interval: 50 })
  await limit('none')
  const answer = await house.server.call('POST', `/api/v1/workflow-runs/${runId}/cancel`, {})
  const { workflowRun } = await house.server.settled(runId)
  expect([answer.status, workflowRun.state]).toEqual(answer.status === 200 ? [200, 'CANCELLED'] : [409, 'COMPLETED'])
  await house.quiet()
  expect((house.server.server.services.load() as Json).queued).toBe(0)
})

test('a file that the disk does not take fails its step and its run with a code, leaves nothing, and the next run is as any other', async () => {
  const { portal, server } = house
  const nodes = [step('open', { type: 'NAVIGATE', url: `${portal.url}/downloads` }), step('file', { type: 'DOWNLOAD', target: '#attachment' })]
  const folder = join(server.dataDir, 'artifacts')
  rmSync(folder, { recursive: true, force: true })
  // As a folder that cannot be written to, whoever the tests run as.
  writeFileSync(folder, '')
  const { workflowRun, activityRuns } = await house.finish(nodes)
  expect(workflowRun).toMatchObject({ state: 'FAILED', error: { code: 'step_failed', message: expect.stringContaining('A file could not be stored.'), stepId: 'file' } })
  expect(activityRuns.flatMap(({ artifacts }) => artifacts as Json[])).toEqual([])
  expect((await server.call('GET', `/api/v1/artifacts?workflowRunId=${workflowRun.id}`)).body.artifacts).toEqual([])
  rmSync(folder)
  const next = await house.finish(nodes)
  expect(next.workflowRun).toMatchObject({ state: 'COMPLETED', error: null })
  expect(readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual(next.activityRuns.flatMap(({ artifacts }) => (artifacts as Json[]).map(({ id }) => id)))
})
