import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { linear, startTestServer, type TestServer } from '../harness.ts'
import { as, CALLERS } from './callers.ts'

/** Real runs, whose times are then moved: nobody waits for days. */

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const today = Math.floor(Date.now() / DAY_MS) * DAY_MS

let server: TestServer
beforeAll(async () => {
  server = await startTestServer(CALLERS)
})
afterAll(() => server[Symbol.asyncDispose]())

const fail = { identifier: 'fail', config: { type: 'FAIL', message: 'No.' } }
const greet = { identifier: 'greet', config: { type: 'TRANSFORM', value: 'hello' } }

/** A run that ended at a time, after so many milliseconds. */
const ended = async (workflow: string, endMs: number, tookMs: number): Promise<void> => {
  const { id } = await server.run(workflow)
  await server.settled(id)
  await server.server.services.db.write(async (tx) => void tx.run(sql`UPDATE runs SET started_at = ${endMs - tookMs}, completed_at = ${endMs} WHERE id = ${id}`))
}

const stats = async (workflow: string, query = '') => (await server.call('GET', `/api/v1/workflows/${workflow}/stats${query}`)).body

test('each day says how its runs ended and what the one in the middle took', async () => {
  await server.save(linear('greet', [greet]))
  await server.save(linear('break', [fail]))
  for (const tookMs of [100, 900, 300]) await ended('greet', today, tookMs)
  for (const tookMs of [200, 400]) await ended('greet', today - 1, tookMs)
  await ended('greet', today - 40 * DAY_MS, 5)
  await ended('break', today, 100)

  const found = await stats('greet', '?days=3')
  expect(found.days.map(({ startsAt }: { startsAt: string }) => startsAt)).toEqual([today - 2 * DAY_MS, today - DAY_MS, today].map((ms) => new Date(ms).toISOString()))
  expect(found.days.map((day: Record<string, unknown>) => [day.completed, day.failed, day.medianDurationMs])).toEqual([[0, 0, null], [2, 0, 300], [3, 0, 300]])
  expect(found.total).toEqual({ completed: 5, failed: 0, cancelled: 0, medianDurationMs: 300 })
  expect((await stats('break')).total).toEqual({ completed: 0, failed: 1, cancelled: 0, medianDurationMs: null })
  expect((await stats('break')).days).toHaveLength(30)
})

test('days are those of whoever asks', async () => {
  await server.save(linear('late', [greet]))
  await ended('late', today - HOUR_MS / 2, 10)
  const day = async (query: string) => (await stats('late', `?days=2${query}`)).days.findIndex(({ completed }: { completed: number }) => completed === 1)
  expect(await day('')).toBe(0)
  const ahead = await server.call('GET', '/api/v1/workflows/late/stats?days=2&utcOffsetMinutes=60')
  const found = ahead.body.days.find(({ completed }: { completed: number }) => completed === 1)
  expect(found.startsAt).toBe(new Date(today - HOUR_MS).toISOString())
})

test('who may not see a run does not see it counted', async () => {
  const [anna, ben] = [await as(server, { sub: 'anna' }), await as(server, { sub: 'ben' })]
  await anna.call('POST', '/api/v1/workflows', linear('hidden', [greet], { allowAnyoneToViewRuns: false }))
  await anna.call('POST', '/api/v1/workflow-runs/execute', { workflowId: 'hidden' })
  expect((await anna.call('GET', '/api/v1/workflows/hidden/stats')).body.total.completed).toBe(1)
  expect((await ben.call('GET', '/api/v1/workflows/hidden/stats')).body.total.completed).toBe(0)
})

test.each(['days=0', 'days=367', 'days=x', 'utcOffsetMinutes=900', 'utcOffsetMinutes=1.5'])('%s is refused', async (query) => {
  expect((await server.call('GET', `/api/v1/workflows/greet/stats?${query}`)).status).toBe(400)
})

test('there are no figures of a workflow that is not there', async () => {
  expect((await server.call('GET', '/api/v1/workflows/nothing/stats')).status).toBe(404)
})
