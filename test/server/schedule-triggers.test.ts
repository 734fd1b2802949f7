import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createClock } from '../../server/clock.ts'
import { SCHEDULES } from '../../server/schedule-triggers.ts'
import { startTestServer, tempDir, type Json, type TestServer } from '../harness.ts'

/** Schedules under a clock that the tests set. */

let server: TestServer
let dataDir: string
let nowMs: number
const clock = { ...createClock(), now: () => nowMs }
const open = () => startTestServer({}, { dataDir, clock })
beforeEach(async () => {
  nowMs = Date.parse('2026-01-05T08:00:00.000Z')
  dataDir = tempDir()
  server = await open()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
})

const look = <T>(sql: string): T[] => {
  const store = new Sqlite(join(dataDir, 'errand.sqlite'))
  try {
    return store.prepare(sql).all() as T[]
  } finally {
    store.close()
  }
}
const rows = () => look<{ node: string; next: number | null }>('SELECT node_id AS node, next_at AS next FROM workflow_triggers ORDER BY workflow_id, node_id').map(({ next }) => (next === null ? null : new Date(next).toISOString()))

/** Sets the clock, and resolves when every schedule is set for a time after it. */
const at = async (time: string) => {
  nowMs = Date.parse(time)
  for (;;) {
    server.server.services.followers.wake(SCHEDULES)
    if (rows().every((next) => next !== null && Date.parse(next) > nowMs)) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
const definition = (cron: string, rest: Json = {}): Json => ({
  identifier: 'daily',
  nodes: [
    { identifier: 'on_time', config: { type: 'SCHEDULE_TRIGGER', cron, ...rest } },
    { identifier: 'echo', config: { type: 'TRANSFORM', value: '{{ .inputs }}' } },
  ],
})
const runs = async () => {
  const { body } = await server.call('GET', '/api/v1/workflow-runs?limit=100')
  return (body.workflowRuns as Json[]).reverse().map(({ inputs }) => Object.fromEntries(inputs.map(({ name, value }: Json) => [name, value])))
}
const times = async () => (await runs()).map(({ scheduledAt }) => scheduledAt)

test('a run starts at each time, with the inputs of the trigger, and at no other', async () => {
  await server.save(definition('0 9 * * *', { inputs: { region: 'north' } }))
  await at('2026-01-05T08:59:59.999Z')
  expect(await runs()).toEqual([])
  await at('2026-01-05T09:00:00.000Z')
  expect(await runs()).toEqual([{ scheduledAt: '2026-01-05T09:00:00.000Z', region: 'north' }])
  await at('2026-01-05T09:00:01.000Z')
  await at('2026-01-06T09:00:00.500Z')
  expect(await times()).toEqual(['2026-01-05T09:00:00.000Z', '2026-01-06T09:00:00.000Z'])
  expect(rows()).toEqual(['2026-01-07T09:00:00.000Z'])
})

test('times follow the clocks of their place', async () => {
  await server.save(definition('0 9 * * *', { timezone: 'Europe/Berlin' }))
  await at('2026-03-27T23:00:00Z')
  expect(rows()).toEqual(['2026-03-28T08:00:00.000Z'])
  await at('2026-03-28T12:00:00Z')
  expect(rows()).toEqual(['2026-03-29T07:00:00.000Z'])
})

test('after a stop the latest time that was missed is made up for, once', async () => {
  await server.save(definition('0 9 * * *'))
  await at('2026-01-05T08:30:00Z')
  await server.server.stop()
  nowMs = Date.parse('2026-01-08T12:00:00Z')
  server = await open()
  await at('2026-01-08T12:00:00Z')
  expect(await times()).toEqual(['2026-01-08T09:00:00.000Z'])
  expect(rows()).toEqual(['2026-01-09T09:00:00.000Z'])
})

test('a time whose run was started before a crash is not started again', async () => {
  await server.save(definition('0 9 * * *'))
  await at('2026-01-05T09:00:00Z')
  await server.server.stop()
  look("UPDATE workflow_triggers SET next_at = unixepoch('2026-01-05T09:00:00Z') * 1000 RETURNING 1")
  server = await open()
  await at('2026-01-05T09:00:10Z')
  expect(await times()).toEqual(['2026-01-05T09:00:00.000Z'])
})

test('another version keeps a time that is due, unless it has other times', async () => {
  const { id } = await server.save(definition('0 9 * * *'))
  await at('2026-01-05T08:30:00Z')
  expect(rows()).toEqual(['2026-01-05T09:00:00.000Z'])
  await server.call('PATCH', `/api/v1/workflows/${id}`, { title: 'Every day' })
  expect(rows()).toEqual(['2026-01-05T09:00:00.000Z'])
  await server.call('PUT', `/api/v1/workflows/${id}`, definition('0 10 * * *'))
  await at('2026-01-05T09:30:00Z')
  expect(await runs()).toEqual([])
  expect(rows()).toEqual(['2026-01-05T10:00:00.000Z'])
})

test('a workflow that is deleted, or a trigger that is not published, starts nothing', async () => {
  const { id } = await server.save(definition('0 9 * * *'))
  await server.save({ ...definition('0 9 * * *', { published: false }), identifier: 'draft' })
  await server.call('DELETE', `/api/v1/workflows/${id}`)
  expect(rows()).toEqual([])
  await at('2026-01-06T10:00:00Z')
  expect(await runs()).toEqual([])
})

test('a pattern that is none is told on save', async () => {
  const { body } = await server.call('POST', '/api/v1/workflows/validate', definition('61 * * * *', { timezone: 'Nowhere' }))
  expect(body.faults.map(({ path }: Json) => path).sort()).toEqual(['nodes[0].config.cron', 'nodes[0].config.timezone'])
})
