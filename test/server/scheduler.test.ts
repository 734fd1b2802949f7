import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createClock } from '../../server/clock.ts'
import { SCHEDULES } from '../../server/scheduler.ts'
import { linear, startTestServer, tempDir, type Json, type TestServer } from '../harness.ts'
import { jobRunOver, saveJob } from '../job-runs.ts'

/** Schedules under a clock that the tests set. */

let server: TestServer
let dataDir: string
let nowMs: number
const START = Date.parse('2026-01-05T08:00:00.000Z')
const clock = { ...createClock(), now: () => nowMs }
const open = () => startTestServer({}, { dataDir, clock })
const reopen = async (time: string) => {
  await server.server.stop()
  nowMs = Date.parse(time)
  server = await open()
}
beforeAll(async () => {
  dataDir = tempDir()
  nowMs = START
  server = await open()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
})
// Each test has the store to itself, and the same morning.
beforeEach(async () => {
  for (const table of ['schedules', 'idempotency_keys', 'job_runs', 'jobs', 'runs', 'run_counts', 'workflow_versions', 'workflows']) await change(`DELETE FROM ${table}`)
  nowMs = START
})

/** By the server's own connection: it may be in the middle of a commit. */
const change = (text: string): Promise<void> => server.server.services.db.write(async (tx) => void tx.run(sql.raw(text)))

const look = <T>(query: string): T[] => {
  const store = new Sqlite(join(dataDir, 'errand.sqlite'))
  try {
    return store.prepare(query).all() as T[]
  } finally {
    store.close()
  }
}
const rows = () =>
  look<{ next: number | null }>('SELECT next_at AS next FROM schedules WHERE paused = 0 ORDER BY target_id, node_id').map(({ next }) => (next === null ? null : next > 8.6e15 ? 'never' : new Date(next).toISOString()))

/** Sets the clock, and resolves when every schedule is set for a time after it. */
const at = async (time: string) => {
  nowMs = Date.parse(time)
  for (;;) {
    server.server.services.followers.wake(SCHEDULES)
    if (rows().every((next) => next === 'never' || (next !== null && Date.parse(next) > nowMs))) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
const runs = async (): Promise<Json[]> => ((await server.call('GET', '/api/v1/workflow-runs?limit=100')).body.workflowRuns as Json[]).reverse()
const inputsOf = ({ inputs }: Json): Json => Object.fromEntries(inputs.map(({ name, value }: Json) => [name, value]))
/** The runs so far, all of them ended. */
const ended = async (): Promise<Json[]> => {
  for (const { id } of await runs()) await server.settled(id as string)
  return runs()
}
/** Sets the clock and lets what is started then end. */
const atAndAfter = async (time: string) => {
  await at(time)
  return ended()
}
const setSchedule = async (path: string, body: Json): Promise<Json> => {
  const answer = await server.call('PUT', `/api/v1/${path}/schedule`, body)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return answer.body
}
const getSchedule = async (path: string): Promise<Json> => (await server.call('GET', `/api/v1/${path}/schedule`)).body

const ECHO: Json = { identifier: 'echo', config: { type: 'TRANSFORM', value: '{{ .inputs }}' } }
const ASK: Json = { identifier: 'ask', config: { type: 'USER_INPUT', title: '?', timeoutMs: 86_400_000 } }

describe('a schedule trigger', () => {
  const definition = (cron: string, rest: Json = {}): Json => linear('daily', [{ identifier: 'on_time', config: { type: 'SCHEDULE_TRIGGER', cron, ...rest } }, ECHO])
  const times = async () => (await ended()).map((run) => inputsOf(run).scheduledAt)

  test('starts a run at each time, with its inputs, and at no other', async () => {
    await server.save(definition('0 9 * * *', { inputs: { region: 'north' } }))
    expect(await atAndAfter('2026-01-05T08:59:59.999Z')).toEqual([])
    expect((await atAndAfter('2026-01-05T09:00:00.000Z')).map(inputsOf)).toEqual([{ scheduledAt: '2026-01-05T09:00:00.000Z', region: 'north' }])
    await at('2026-01-05T09:00:01.000Z')
    await at('2026-01-06T09:00:00.500Z')
    expect(await times()).toEqual(['2026-01-05T09:00:00.000Z', '2026-01-06T09:00:00.000Z'])
    expect(rows()).toEqual(['2026-01-07T09:00:00.000Z'])
  })

  test('follows the clocks of its place', async () => {
    await server.save(definition('0 9 * * *', { timezone: 'Europe/Berlin' }))
    await atAndAfter('2026-03-27T23:00:00Z')
    expect(rows()).toEqual(['2026-03-28T08:00:00.000Z'])
    await atAndAfter('2026-03-28T12:00:00Z')
    expect(rows()).toEqual(['2026-03-29T07:00:00.000Z'])
  })

  test('that changes with a new version keeps a time that is due, unless it has other times', async () => {
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

  test('starts nothing when its workflow is deleted, or it is not published', async () => {
    const { id } = await server.save(definition('0 9 * * *'))
    await server.save({ ...definition('0 9 * * *', { published: false }), identifier: 'draft' })
    await setSchedule('workflows/draft', { cron: '0 9 * * *' }).catch(() => undefined)
    await server.call('DELETE', `/api/v1/workflows/${id}`)
    expect(rows()).toEqual([])
    await at('2026-01-06T10:00:00Z')
    expect(await runs()).toEqual([])
  })

  test('is told on save when its pattern or zone is none', async () => {
    const { body } = await server.call('POST', '/api/v1/workflows/validate', definition('61 * * * *', { timezone: 'Nowhere' }))
    expect(body.faults.map(({ path }: Json) => path).sort()).toEqual(['nodes[0].config.cron', 'nodes[0].config.timezone'])
  })
})

describe('a schedule of a workflow', () => {
  test('starts it with its inputs, in the name of who set it; the last that started is shown', async () => {
    await server.save(linear('echo', [{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { region: { type: 'string' }, rows: { type: 'integer', default: 5 } }, required: ['region'] } } }, ECHO]))
    expect(await setSchedule('workflows/echo', { cron: '*/15 8-9 * * *', inputs: { region: 'north' } })).toMatchObject({
      cron: '*/15 8-9 * * *', at: null, timezone: 'UTC', paused: false, overlap: 'skip', catchUp: 'latest', inputs: { region: 'north' }, lastRunAt: null, lastError: null, queued: [],
      nextRuns: ['2026-01-05T08:15:00.000Z', '2026-01-05T08:30:00.000Z', '2026-01-05T08:45:00.000Z', '2026-01-05T09:00:00.000Z', '2026-01-05T09:15:00.000Z'],
    })
    const [run] = (await atAndAfter('2026-01-05T08:15:00Z')) as [Json]
    expect(run.outputs.echo).toEqual({ region: 'north', rows: 5 })
    expect(await getSchedule('workflows/echo')).toMatchObject({ lastRunAt: '2026-01-05T08:15:00.000Z', lastWorkflowRunId: run.id, lastJobRunId: null })
  })

  test('comes once at a moment, which may be told in the time of its zone', async () => {
    await server.save(linear('echo', [ECHO]))
    expect(await setSchedule('workflows/echo', { at: '2026-01-05T10:30:00', timezone: 'Europe/Berlin' })).toMatchObject({ at: '2026-01-05T09:30:00.000Z', cron: null, nextRuns: ['2026-01-05T09:30:00.000Z'] })
    expect(await atAndAfter('2026-01-05T09:29:59Z')).toHaveLength(0)
    expect(await atAndAfter('2026-01-05T09:30:00Z')).toHaveLength(1)
    expect(await getSchedule('workflows/echo')).toMatchObject({ nextRuns: [], lastRunAt: '2026-01-05T09:30:00.000Z' })
    expect(await atAndAfter('2027-01-05T09:30:00Z')).toHaveLength(1)
  })

  test('starts nothing while it is paused, and makes nothing of that time up', async () => {
    await server.save(linear('echo', [ECHO]))
    await setSchedule('workflows/echo', { cron: '@hourly', catchUp: 'all' })
    expect(await setSchedule('workflows/echo', { paused: true })).toMatchObject({ paused: true, cron: '@hourly', catchUp: 'all', nextRuns: [] })
    await at('2026-01-05T11:10:00Z')
    expect(await setSchedule('workflows/echo', { paused: false })).toMatchObject({ nextRuns: expect.arrayContaining(['2026-01-05T12:00:00.000Z']) })
    await at('2026-01-05T11:20:00Z')
    expect(await runs()).toEqual([])
    expect(await atAndAfter('2026-01-05T12:00:00Z')).toHaveLength(1)
  })

  test('goes with its workflow, and can be taken away', async () => {
    const { id } = await server.save(linear('echo', [ECHO]))
    await server.save(linear('other', [ECHO]))
    for (const name of ['echo', 'other']) await setSchedule(`workflows/${name}`, { cron: '0 9 * * *' })
    expect((await server.call('DELETE', '/api/v1/workflows/other/schedule')).status).toBe(204)
    expect((await server.call('DELETE', '/api/v1/workflows/other/schedule')).status).toBe(404)
    expect((await server.call('GET', '/api/v1/workflows/other/schedule')).status).toBe(404)
    await server.call('DELETE', `/api/v1/workflows/${id}`)
    expect(rows()).toEqual([])
    expect(await atAndAfter('2026-01-06T10:00:00Z')).toEqual([])
  })

  test('whose inputs no longer fit starts nothing, says why, and starts again when they do', async () => {
    const asksFor = (name: string) => linear('echo', [{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { [name]: { type: 'string' } }, required: [name] } } }, ECHO])
    const { id } = await server.save(asksFor('month'))
    await setSchedule('workflows/echo', { cron: '0 * * * *', inputs: { month: 'May' } })
    await server.call('PUT', `/api/v1/workflows/${id}`, asksFor('year'))
    expect(await atAndAfter('2026-01-05T09:00:00Z')).toEqual([])
    expect(await getSchedule('workflows/echo')).toMatchObject({ lastError: { code: 'invalid_request', message: expect.stringContaining('year'), at: '2026-01-05T09:00:00.000Z' } })
    await server.call('PUT', `/api/v1/workflows/${id}`, asksFor('month'))
    expect(await atAndAfter('2026-01-05T10:00:00Z')).toHaveLength(1)
    expect(await getSchedule('workflows/echo')).toMatchObject({ lastError: null, lastRunAt: '2026-01-05T10:00:00.000Z' })
  })

  test('keeps secrets sealed', async () => {
    await server.save(linear('login', [{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { password: { type: 'string', format: 'password' } }, required: ['password'] } } }, { identifier: 'length', config: { type: 'TRANSFORM', value: '{{ .inputs.password | length }}' } }]))
    const shown = await setSchedule('workflows/login', { cron: '0 9 * * *', inputs: { password: 'schedule-secret' } })
    expect(shown.inputs).toEqual({ password: '[redacted]' })
    expect(await server.call('PUT', '/api/v1/workflows/login/schedule', { cron: '0 9 * * *', inputs: shown.inputs })).toMatchObject({ status: 400, body: { details: [{ code: 'redacted' }] } })
    expect(await setSchedule('workflows/login', { overlap: 'allow' })).toMatchObject({ overlap: 'allow', inputs: { password: '[redacted]' } })
    const [run] = (await atAndAfter('2026-01-05T09:00:00Z')) as [Json]
    expect(run.outputs.length).toEqual({ value: 15 })
    expect(JSON.stringify(look('SELECT * FROM schedules'))).not.toContain('schedule-secret')
  })
})

describe('a schedule of a job', () => {
  test('starts job runs; it is set with the job or by itself, and goes with it', async () => {
    await server.save(linear('echo', [ECHO]))
    const jobId = await saveJob(server, ['echo', 'echo'], { inputs: { a: 1 }, schedule: { cron: '0 9 * * *', timezone: 'Europe/Berlin', inputs: { b: 2 } } })
    const path = `jobs/${jobId}`
    expect((await server.call('GET', `/api/v1/${path}`)).body.schedule).toMatchObject({ cron: '0 9 * * *', timezone: 'Europe/Berlin', paused: false, inputs: { b: 2 } })
    await at('2026-01-06T08:00:00Z')
    const { lastJobRunId } = await getSchedule(path)
    const ran = await jobRunOver(server, lastJobRunId as string)
    expect(ran).toMatchObject({ status: 'COMPLETED', jobId, inputs: { a: 1, b: 2 } })
    await setSchedule(path, { paused: true })
    expect((await server.call('PATCH', `/api/v1/${path}`, { name: 'Renamed' })).body).toMatchObject({ name: 'Renamed', schedule: { paused: true } })
    expect((await server.call('PATCH', `/api/v1/${path}`, { schedule: { paused: false } })).body.schedule).toMatchObject({ paused: false, inputs: { b: 2 } })
    expect((await server.call('PATCH', `/api/v1/${path}`, { schedule: null })).body.schedule).toBeNull()
    expect((await server.call('DELETE', `/api/v1/${path}/schedule`)).status).toBe(404)
    await setSchedule(path, { cron: '0 9 * * *' })
    await server.call('DELETE', `/api/v1/${path}`)
    expect(rows()).toEqual([])
  })

  test('starts nothing, and says why, when a workflow of the job is gone', async () => {
    const { id } = await server.save(linear('doomed', [ECHO]))
    const jobId = await saveJob(server, ['doomed'], { schedule: { cron: '0 9 * * *' } })
    await server.call('DELETE', `/api/v1/workflows/${id}`)
    await at('2026-01-05T09:00:00Z')
    expect((await server.call('GET', '/api/v1/job-runs')).body.jobRuns).toEqual([])
    expect(await getSchedule(`jobs/${jobId}`)).toMatchObject({ lastError: { code: 'unprocessable', message: expect.stringContaining('workflowExecutionOrder[0]') }, nextRuns: expect.arrayContaining(['2026-01-06T09:00:00.000Z']) })
  })
})

describe('a time at which the run before has not ended', () => {
  const answer = async ({ id }: Json) => {
    const { workflowRun } = await server.until(id as string, ({ awaiting }) => awaiting !== null)
    await server.call('POST', `/api/v1/user-forms/${workflowRun.awaiting!.formId}/submit`, { values: {} })
    await server.settled(id as string)
  }
  beforeEach(async () => {
    await server.save(linear('asks', [ASK]))
  })

  test('skip: starts nothing', async () => {
    await setSchedule('workflows/asks', { cron: '0 * * * *' })
    await at('2026-01-05T09:00:00Z')
    await at('2026-01-05T10:00:00Z')
    expect(await runs()).toHaveLength(1)
    expect(await getSchedule('workflows/asks')).toMatchObject({ lastRunAt: '2026-01-05T09:00:00.000Z', lastSkippedAt: '2026-01-05T10:00:00.000Z' })
    await answer((await runs())[0]!)
    await at('2026-01-05T11:00:00Z')
    expect(await runs()).toHaveLength(2)
  })

  test('skip, of a job: while its job run goes on', async () => {
    const path = `jobs/${await saveJob(server, ['asks'], { schedule: { cron: '0 * * * *' } })}`
    await at('2026-01-05T09:00:00Z')
    await at('2026-01-05T10:00:00Z')
    const { lastJobRunId, lastSkippedAt } = await getSchedule(path)
    expect(lastSkippedAt).toBe('2026-01-05T10:00:00.000Z')
    await server.call('POST', `/api/v1/job-runs/${lastJobRunId}/cancel`, {})
    await jobRunOver(server, lastJobRunId as string)
    await at('2026-01-05T11:00:00Z')
    const next = (await getSchedule(path)).lastJobRunId as string
    expect(next).not.toBe(lastJobRunId)
    await server.call('POST', `/api/v1/job-runs/${next}/cancel`, {})
  })

  test('allow: starts beside it', async () => {
    await setSchedule('workflows/asks', { cron: '0 * * * *', overlap: 'allow' })
    for (const time of ['09', '10', '11']) await at(`2026-01-05T${time}:00:00Z`)
    expect(await runs()).toHaveLength(3)
  })

  test('queue: waits for its end, one after the other', async () => {
    await setSchedule('workflows/asks', { cron: '0 * * * *', overlap: 'queue' })
    for (const time of ['09', '10', '11']) await at(`2026-01-05T${time}:00:00Z`)
    expect(await runs()).toHaveLength(1)
    expect(await getSchedule('workflows/asks')).toMatchObject({ queued: ['2026-01-05T10:00:00.000Z', '2026-01-05T11:00:00.000Z'] })
    for (const count of [2, 3]) {
      await answer((await runs()).at(-1)!)
      server.server.services.followers.wake(SCHEDULES)
      while ((await runs()).length < count) await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(await getSchedule('workflows/asks')).toMatchObject({ queued: [], lastRunAt: '2026-01-05T11:00:00.000Z' })
  })
})

describe('after a stop', () => {
  beforeEach(async () => {
    await server.save(linear('echo', [ECHO]))
  })
  const missed = async (body: Json) => {
    await setSchedule('workflows/echo', { cron: '0 9 * * *', ...body })
    await at('2026-01-05T08:30:00Z')
    await reopen('2026-01-08T12:00:00Z')
    await at('2026-01-08T12:00:00Z')
    expect(rows()).toEqual(['2026-01-09T09:00:00.000Z'])
  }

  test('latest: the latest time that was missed is made up for, once', async () => {
    await missed({})
    expect(await ended()).toHaveLength(1)
    expect(await getSchedule('workflows/echo')).toMatchObject({ lastRunAt: '2026-01-08T09:00:00.000Z' })
  })

  test('all: each is made up for, one after the other', async () => {
    await missed({ catchUp: 'all' })
    for (let count = (await ended()).length; count < 4; count = (await ended()).length) server.server.services.followers.wake(SCHEDULES)
    expect(await getSchedule('workflows/echo')).toMatchObject({ lastRunAt: '2026-01-08T09:00:00.000Z', queued: [] })
    const made = await ended()
    expect(made).toHaveLength(4)
  })

  test('none: they are let go, but not for a minute', async () => {
    await missed({ catchUp: 'none' })
    expect(await ended()).toHaveLength(0)
    await reopen('2026-01-09T09:00:40Z')
    expect(await atAndAfter('2026-01-09T09:00:40Z')).toHaveLength(1)
  })

  test('a time that was started just before a crash is not started again', async () => {
    await setSchedule('workflows/echo', { cron: '0 9 * * *' })
    await atAndAfter('2026-01-05T09:00:00Z')
    await server.server.stop()
    look("UPDATE schedules SET next_at = unixepoch('2026-01-05T09:00:00Z') * 1000 RETURNING 1")
    server = await open()
    expect(await atAndAfter('2026-01-05T09:00:10Z')).toHaveLength(1)
  })
})

describe('a clock that jumps', () => {
  beforeEach(async () => {
    await server.save(linear('echo', [ECHO]))
    await setSchedule('workflows/echo', { cron: '0 9 * * *' })
  })

  test('forwards: the times between are made up for as after a stop', async () => {
    await at('2026-01-05T08:30:00Z')
    expect(await atAndAfter('2026-06-01T12:00:00Z')).toHaveLength(1)
    expect(rows()).toEqual(['2026-06-02T09:00:00.000Z'])
  })

  test('and back: it goes on from there, and what was started is not started again', async () => {
    await atAndAfter('2026-01-05T09:00:00Z')
    expect(await atAndAfter('2027-01-05T09:00:00Z')).toHaveLength(2)
    nowMs = Date.parse('2026-01-05T08:59:59Z')
    server.server.services.followers.wake(SCHEDULES)
    while (rows()[0] !== '2026-01-05T09:00:00.000Z') await new Promise((resolve) => setTimeout(resolve, 10))
    expect(await atAndAfter('2026-01-05T09:00:00Z')).toHaveLength(2)
    expect(await atAndAfter('2026-01-06T09:00:00Z')).toHaveLength(3)
  })

  test('back while nobody was there: the same', async () => {
    await atAndAfter('2027-01-05T09:00:00Z')
    await reopen('2026-01-05T08:00:00Z')
    await at('2026-01-05T08:00:00Z')
    while (rows()[0] !== '2026-01-05T09:00:00.000Z') await new Promise((resolve) => setTimeout(resolve, 10))
    expect(await atAndAfter('2026-01-05T09:00:00Z')).toHaveLength(2)
  })
})

test('a zone that is not known any more says so, and holds up no other', async () => {
  await server.save(linear('echo', [ECHO]))
  await server.save(linear('other', [ECHO]))
  for (const name of ['echo', 'other']) await setSchedule(`workflows/${name}`, { cron: '0 9 * * *' })
  await change(`UPDATE schedules SET timezone = 'Europe/Atlantis', next_at = NULL WHERE target_id = (SELECT id FROM workflows WHERE identifier = 'echo')`)
  expect(await atAndAfter('2026-01-05T09:00:00Z')).toHaveLength(1)
  expect(await getSchedule('workflows/echo')).toMatchObject({ lastError: { message: expect.stringContaining('Atlantis') }, nextRuns: [] })
})
