import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClock } from '../../server/clock.ts'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { saveJob } from '../job-runs.ts'
import { as, CALLERS } from './callers.ts'

/** Setting schedules and looking at them. Nothing starts here: the clock stands still. */

let server: TestServer
const clock = { ...createClock(), now: () => Date.parse('2026-01-05T08:00:00.000Z') }
const STEP: Json = { identifier: 'a', config: { type: 'TRANSFORM', value: 1 } }
beforeAll(async () => {
  server = await startTestServer(CALLERS, { clock })
  await server.save(linear('report', [STEP]))
  await server.save(linear('needs', [{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { month: { type: 'string' } }, required: ['month'] } } }, STEP]))
  await server.save(linear('timed', [{ identifier: 'nightly', config: { type: 'SCHEDULE_TRIGGER', cron: '0 2 * * *', overlap: 'queue', inputs: { region: 'north' } } }, STEP]))
})
afterAll(() => server[Symbol.asyncDispose]())

const put = (path: string, body: Json) => server.call('PUT', `/api/v1/${path}/schedule`, body)
const faultsOf = ({ status, body }: { status: number; body: Json }) => ({ status, faults: (body.details as Json[]).map(({ path, message }) => `${path}: ${message}`) })

describe('is refused', () => {
  test.each([
    ['a pattern that is none', { cron: '61 * * * *' }, /^cron: is no cron pattern/],
    ['a pattern that never comes', { cron: '0 0 30 2 *' }, /^cron: never comes/],
    ['seven fields', { cron: '0 0 0 1 1 * 2030' }, /^cron: is no cron pattern/],
    ['a zone that nobody knows', { cron: '@daily', timezone: 'Europe/Atlantis' }, /^timezone: is no IANA time zone/],
    ['a moment that has passed', { at: '2026-01-05T07:59:59Z' }, /^at: has passed already/],
    ['a moment that has passed in its zone', { at: '2026-01-05T08:30:00', timezone: 'Europe/Berlin' }, /^at: has passed already/],
    ['a day that is not', { at: '2026-02-30T09:00:00Z' }, /^at: is no time/],
    ['no moment', { at: 'tomorrow' }, /^at: must be a time in ISO 8601/],
    ['a pattern and a moment', { cron: '@daily', at: '2026-02-01T09:00:00Z' }, /Give either cron or at/],
    ['a policy that there is not', { cron: '@daily', overlap: 'replace' }, /^overlap: /],
    ['a field that there is not', { cron: '@daily', jitter: 5 }, /^jitter: /],
  ])('%s', async (_name, body, fault) => {
    expect(faultsOf(await put('workflows/report', body))).toEqual({ status: 400, faults: [expect.stringMatching(fault)] })
  })

  test('what would start with inputs that the workflow does not take', async () => {
    expect(faultsOf(await put('workflows/needs', { cron: '@daily' }))).toEqual({ status: 400, faults: [expect.stringMatching(/^inputs\.month: /)] })
    const jobId = await saveJob(server, ['report', 'needs'])
    expect(faultsOf(await put(`jobs/${jobId}`, { cron: '@daily' }))).toEqual({ status: 400, faults: [expect.stringMatching(/^inputs\.month: .*\(needs\)$/)] })
    expect(await server.call('POST', '/api/v1/jobs', { name: 'x', jobConfigJson: { workflowExecutionOrder: ['needs'] }, schedule: { cron: '@daily' } })).toMatchObject({ status: 400 })
    expect((await put(`jobs/${jobId}`, { cron: '@daily', inputs: { month: 'May' } })).status).toBe(200)
    // A change of the job that its schedule does not fit.
    expect(await server.call('PATCH', `/api/v1/jobs/${jobId}`, { jobConfigJson: { workflowExecutionOrder: ['report', 'timed'] } })).toMatchObject({ status: 422 })
    await server.call('DELETE', `/api/v1/jobs/${jobId}`)
  })

  test('one for a workflow that only its own triggers start, one that is changed but not there, and one of nothing', async () => {
    expect(await put('workflows/timed', { cron: '@daily' })).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect(await put('workflows/report', { paused: true })).toMatchObject({ status: 404 })
    expect(await put('workflows/nowhere', { cron: '@daily' })).toMatchObject({ status: 404 })
    expect(await put('jobs/nowhere', { cron: '@daily' })).toMatchObject({ status: 404 })
  })
})

test.each([
  ['five fields', '*/30 9 * * 1-5', ['2026-01-05T09:00:00.000Z', '2026-01-05T09:30:00.000Z', '2026-01-06T09:00:00.000Z', '2026-01-06T09:30:00.000Z', '2026-01-07T09:00:00.000Z']],
  ['six, with seconds', '*/20 0 9 * * *', ['2026-01-05T09:00:00.000Z', '2026-01-05T09:00:20.000Z', '2026-01-05T09:00:40.000Z', '2026-01-06T09:00:00.000Z', '2026-01-06T09:00:20.000Z']],
  ['a name', '@monthly', ['2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z', '2026-05-01T00:00:00.000Z', '2026-06-01T00:00:00.000Z']],
])('shows the next five times: %s', async (_name, cron, nextRuns) => {
  expect(await put('workflows/report', { cron })).toMatchObject({ status: 200, body: { cron, nextRuns } })
  expect((await server.call('GET', '/api/v1/workflows/report/upcoming-runs')).body).toEqual({ upcomingRuns: nextRuns.map((scheduledAt) => ({ scheduledAt, timezone: 'UTC', nodeId: null })) })
})

test('times are checked while they are written: what is wrong with them, or the next five', async () => {
  const validate = async (body: Json) => (await server.call('POST', '/api/v1/schedules/validate', body)).body
  expect(await validate({ cron: '30 9 * * 1-5', timezone: 'Europe/Berlin' })).toEqual({ valid: true, faults: [], nextRuns: ['2026-01-05T08:30:00.000Z', ...['06', '07', '08', '09'].map((day) => `2026-01-${day}T08:30:00.000Z`)] })
  expect(await validate({ at: '2026-07-01T09:00', timezone: 'Europe/Berlin' })).toEqual({ valid: true, faults: [], nextRuns: ['2026-07-01T07:00:00.000Z'] })
  const fault = async (body: Json) => (await validate(body)).faults.map(({ path, message }: Json) => `${path}: ${message}`)
  expect(await fault({ cron: '61 * * * *' })).toEqual([expect.stringMatching(/^cron: is no cron pattern/)])
  expect(await fault({ cron: 'daily', timezone: 'x' })).toEqual([expect.stringMatching(/^cron: /), 'timezone: is no IANA time zone'])
  expect(await fault({ at: '2026-01-05T08:30', timezone: 'Europe/Berlin' })).toEqual(['at: has passed already'])
  expect(await fault({ timezone: 'UTC' })).toEqual(['cron: is missing: give cron or at'])
  expect((await server.call('POST', '/api/v1/schedules/validate', { cron: 5 })).status).toBe(400)
  // One fault, and not a second one of what nobody has written.
  expect((await validate({ cron: '' })).faults).toHaveLength(1)
})

test('upcoming runs are those of the schedule and of the triggers, as many as asked for', async () => {
  const both = [{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER' } }, { identifier: 'nightly', config: { type: 'SCHEDULE_TRIGGER', cron: '0 2 * * *', timezone: 'America/New_York' } }, STEP]
  await server.save({ identifier: 'both', nodes: both, connections: ['start', 'nightly'].map((sourceIdentifier) => ({ sourceIdentifier, targetIdentifier: 'a' })) })
  await put('workflows/both', { cron: '0 12 * * *' })
  const { body } = await server.call('GET', '/api/v1/workflows/both/upcoming-runs?limit=3')
  expect(body.upcomingRuns).toEqual([
    { scheduledAt: '2026-01-05T12:00:00.000Z', timezone: 'UTC', nodeId: null },
    { scheduledAt: '2026-01-06T07:00:00.000Z', timezone: 'America/New_York', nodeId: 'nightly' },
    { scheduledAt: '2026-01-06T12:00:00.000Z', timezone: 'UTC', nodeId: null },
  ])
  await put('workflows/both', { paused: true })
  expect((await server.call('GET', '/api/v1/workflows/both/upcoming-runs?limit=1')).body.upcomingRuns).toMatchObject([{ nodeId: 'nightly' }])
  expect((await server.call('GET', '/api/v1/workflows/both/upcoming-runs?limit=0')).status).toBe(400)
  await server.call('DELETE', '/api/v1/workflows/both')
})

test('the list holds schedules of workflows and jobs, and triggers, the next first; others’ are not there', async () => {
  await put('workflows/report', { cron: '0 12 * * *' })
  const jobId = await saveJob(server, ['report'], { name: 'Month end', schedule: { at: '2026-01-05T09:00:00Z' } })
  expect((await server.call('GET', `/api/v1/jobs/${jobId}/upcoming-runs`)).body.upcomingRuns).toEqual([{ scheduledAt: '2026-01-05T09:00:00.000Z', timezone: 'UTC', nodeId: null }])
  // The trigger's next time is worked out by the scheduler.
  let body: Json
  do body = (await server.call('GET', '/api/v1/schedules')).body
  while (body.schedules.length < 3 || (body.schedules as Json[]).findIndex(({ kind }) => kind === 'trigger') !== 2)
  expect(body).toMatchObject({
    schedules: [
      { kind: 'job', jobId, workflowId: null, name: 'Month end', nextRuns: ['2026-01-05T09:00:00.000Z'] },
      { kind: 'workflow', jobId: null, nodeId: null, name: 'report', title: null },
      { kind: 'trigger', nodeId: 'nightly', name: 'timed', overlap: 'queue', catchUp: 'latest', inputs: { region: 'north' } },
    ],
    pagination: { page: 1, total: 3 },
  })
  await put('workflows/report', { paused: true })
  expect((await server.call('GET', '/api/v1/schedules?paused=true')).body.schedules).toMatchObject([{ name: 'report', nextRuns: [] }])
  expect((await server.call('GET', '/api/v1/schedules?kind=job')).body.schedules).toMatchObject([{ jobId }])
  expect((await server.call('GET', '/api/v1/schedules?limit=1&page=2')).body).toMatchObject({ schedules: [{}], pagination: { totalPages: 3 } })

  const eve = await as(server, { sub: 'eve', org: 'elsewhere', role: 'admin' })
  expect((await eve.call('GET', '/api/v1/schedules')).body.schedules).toEqual([])
  for (const [method, path] of [['GET', 'schedule'], ['PUT', 'schedule'], ['DELETE', 'schedule'], ['GET', 'upcoming-runs']] as const)
    for (const of of ['workflows/report', `jobs/${jobId}`]) expect({ method, of, status: (await eve.call(method, `/api/v1/${of}/${path}`, method === 'PUT' ? { cron: '@daily' } : undefined)).status }).toEqual({ method, of, status: 404 })
})

test('a viewer looks; a member sets, but not what they may not execute', async () => {
  const [ada, ben, vera] = [await as(server, { sub: 'ada', role: 'admin' }), await as(server, { sub: 'ben' }), await as(server, { sub: 'vera', role: 'viewer' })]
  await ada.call('POST', '/api/v1/workflows', linear('closed', [{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', permissions: { users: ['ada'] } } }, STEP]))
  await ada.call('POST', '/api/v1/workflows', linear('open', [STEP]))
  expect(await ben.call('PUT', '/api/v1/workflows/closed/schedule', { cron: '@daily' })).toMatchObject({ status: 403, body: { code: 'not_allowed' } })
  expect(await ben.call('PUT', '/api/v1/workflows/open/schedule', { cron: '@daily' })).toMatchObject({ status: 200, body: { createdByUserId: 'ben' } })
  expect((await vera.call('PUT', '/api/v1/workflows/open/schedule', { paused: true })).status).toBe(403)
  expect((await vera.call('DELETE', '/api/v1/workflows/open/schedule')).status).toBe(403)
  expect((await vera.call('GET', '/api/v1/workflows/open/schedule')).status).toBe(200)
  expect((await ben.call('DELETE', '/api/v1/workflows/open/schedule')).status).toBe(204)
})
