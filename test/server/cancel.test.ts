import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'

const RUNS = '/api/v1/workflow-runs'
const NOWHERE = '0197d0d0-0000-7000-8000-000000000000'
const DONE = { identifier: 'done', config: { type: 'TRANSFORM', value: 1 } }

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ MAX_CONCURRENT_RUNS: '2' })
  await server.save(linear('quick', [DONE]))
  await server.save(linear('fails', [{ identifier: 'stop', config: { type: 'FAIL', message: 'No.' } }]))
  await server.save(linear('asks', [{ identifier: 'ask', config: { type: 'USER_INPUT', title: '?' } }, DONE]))
  // Short enough to be waited for while executing; nobody waits for its end.
  await server.save(linear('busy', [{ identifier: 'work', config: { type: 'DELAY', ms: 4900 } }, DONE]))
})
afterAll(() => server[Symbol.asyncDispose]())

const cancelAll = (body: unknown) => server.call('POST', `${RUNS}/cancel`, body)
const cancelOne = (id: string, body?: Json) => server.call('POST', `${RUNS}/${id}/cancel`, body)
const ended = async (workflowId: string): Promise<string> => (await server.settled((await server.run(workflowId)).id)).workflowRun.id
const paused = async (): Promise<string> => (await server.until((await server.run('asks')).id, (run) => run.awaiting !== null)).workflowRun.id
const executing = async (): Promise<string> =>
  (await server.until((await server.run('busy')).id, (run, activities) => run.state === 'IN_PROGRESS' && activities.some(({ stepId }) => stepId === 'work'))).workflowRun.id

describe('one run', () => {
  test('that waits for a person is cancelled at once: 200 with the run, and its question is closed', async () => {
    const id = await paused()
    const { status, body } = await cancelOne(id, { reason: 'Changed my mind.' })
    expect({ status, body }).toMatchObject({ status: 200, body: { id, state: 'CANCELLED', status: 'cancelled', error: { code: 'cancelled', message: 'Changed my mind.', stepId: null }, awaiting: null } })
    const { activityRuns } = await server.get(id)
    expect(activityRuns.at(-1)).toMatchObject({ stepId: 'ask', status: 'cancelled', error: { code: 'cancelled', message: 'Changed my mind.' } })
    expect((await server.call('GET', `/api/v1/user-forms?workflowRunId=${id}`)).body.userForms).toMatchObject([{ status: 'cancelled' }])
    expect((await server.call('POST', `${RUNS}/${id}/input`, {})).status).toBe(409)
  })

  test('that executes is told to stop, and ends as cancelled without going on', async () => {
    const id = await executing()
    const { status, body } = await cancelOne(id)
    expect({ status, id: body.id }).toEqual({ status: 200, id })
    expect(['CANCELLING', 'CANCELLED']).toContain(body.state)
    const { workflowRun, activityRuns } = await server.settled(id)
    expect(workflowRun).toMatchObject({ state: 'CANCELLED', error: { code: 'cancelled', message: expect.any(String) } })
    expect(activityRuns.map(({ stepId, status: of }) => `${stepId} ${of}`)).toEqual(['trigger completed', 'work cancelled'])
    expect(workflowRun.durationMs).toBeLessThan(4900)
  })

  test('that waits for its turn is cancelled before it began', async () => {
    const [a, b] = [await executing(), await executing()]
    const { id } = await server.run('busy')
    expect((await cancelOne(id, { force: true })).body).toMatchObject({ state: 'CANCELLED', startedAt: null })
    expect((await server.get(id)).activityRuns).toEqual([])
    await cancelAll({ runIds: [a, b] })
    await Promise.all([server.settled(a), server.settled(b)])
  })

  test('that has ended stays as it is: 409, and its error says which end it was', async () => {
    for (const [workflowId, state] of [['quick', 'COMPLETED'], ['fails', 'FAILED']] as const) {
      const id = await ended(workflowId)
      const before = await server.get(id)
      expect(await cancelOne(id)).toMatchObject({ status: 409, body: { code: 'conflict', error: expect.stringContaining(state) } })
      expect(await server.get(id)).toEqual(before)
    }
    const id = await paused()
    await cancelOne(id)
    expect(await cancelOne(id, { force: true })).toMatchObject({ status: 409, body: { error: expect.stringContaining('CANCELLED') } })
  })

  test('answers to either spelling, and one that there is not answers 404', async () => {
    const id = await paused()
    expect((await cancelOne(`wfr_${id.replaceAll('-', '')}`)).body).toMatchObject({ id, state: 'CANCELLED' })
    for (const unknown of [NOWHERE, 'cancelled', `wfr_${'0'.repeat(32)}`]) expect((await cancelOne(unknown)).status).toBe(404)
  })
})

describe('many runs', () => {
  test('each have an outcome of their own, in the order and spelling they were named, once each', async () => {
    const [waiting, running, completed, failed, cancelled] = [await paused(), await executing(), await ended('quick'), await ended('fails'), await paused()]
    await cancelOne(cancelled)
    const spelt = `wfr_${waiting.replaceAll('-', '')}`
    const { status, body } = await cancelAll({ runIds: [spelt, running, completed, failed, cancelled, NOWHERE, 'nonsense', completed], reason: 'All of it.' })
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        success: true,
        outcomes: [
          { runId: spelt, status: 'cancelled' },
          { runId: running, status: 'cancelled' },
          { runId: completed, status: 'already_completed' },
          { runId: failed, status: 'already_completed' },
          { runId: cancelled, status: 'not_eligible', message: expect.any(String) },
          { runId: NOWHERE, status: 'not_found' },
          { runId: 'nonsense', status: 'not_found' },
        ],
      },
    })
    for (const id of [waiting, running]) expect((await server.settled(id)).workflowRun.error).toMatchObject({ code: 'cancelled', message: 'All of it.' })
  })

  test('of a workflow, by its id or identifier: those that have not ended, and no others', async () => {
    const { id: workflowId } = await server.save(linear('asks_too', [{ identifier: 'ask', config: { type: 'USER_INPUT', title: '?' } }]))
    const start = async () => (await server.run(workflowId)).id
    const open = [await start(), await start()]
    for (const id of open) await server.until(id, (run) => run.awaiting !== null)
    const other = await paused()
    expect((await cancelAll({ workflowId: 'asks_too' })).body.outcomes).toEqual(open.map((runId) => ({ runId, status: 'cancelled' })))
    expect((await cancelAll({ workflowId })).body).toEqual({ success: true, outcomes: [] })
    expect((await server.get(other)).workflowRun.state).toBe('AWAITING_USER_INPUT')
    expect((await cancelAll({ workflowId: 'nobody' })).status).toBe(404)
    await cancelOne(other)
  })

  test('of a workflow that is deleted: they can be counted and stopped by its id, and by its identifier until another has that', async () => {
    const definition = linear('asks_and_goes', [{ identifier: 'ask', config: { type: 'USER_INPUT', title: '?' } }])
    const { id: workflowId } = await server.save(definition)
    const open = [await server.run(workflowId), await server.run(workflowId)].map(({ id }) => id)
    for (const id of open) await server.until(id, (run) => run.awaiting !== null)
    expect((await server.call('DELETE', `/api/v1/workflows/${workflowId}`)).status).toBe(204)
    for (const name of [workflowId, 'asks_and_goes']) expect((await server.call('GET', `${RUNS}/dashboard/${name}`)).body).toMatchObject({ workflowId, total: 2, counts: { waiting: 2 } })
    for (const path of [`${RUNS}?workflowId=asks_and_goes`, '/v1/workflows/runs?workflowIdentifiers=asks_and_goes']) expect((await server.call('GET', path)).body.pagination).toMatchObject({ total: 2 })
    expect((await cancelAll({ workflowId: 'asks_and_goes' })).body.outcomes).toEqual(open.map((runId) => ({ runId, status: 'cancelled' })))
    expect((await cancelAll({ workflowId })).body.outcomes).toEqual([])
    await server.save(definition)
    expect((await server.call('GET', `${RUNS}/dashboard/asks_and_goes`)).body.total).toBe(0)
    expect((await server.call('GET', `${RUNS}/dashboard/${workflowId}`)).body).toMatchObject({ total: 2, counts: { cancelled: 2 } })
  })

  test('of which the engine fails at one: its outcome is error, the others go on', async () => {
    const { engine } = server.server.services
    const { cancel } = engine
    const [broken, fine] = [await paused(), await paused()]
    try {
      engine.cancel = async (runId, options) => {
        if (runId === broken) throw new Error('secret detail')
        return cancel(runId, options)
      }
      const { body } = await cancelAll({ runIds: [broken, fine] })
      expect(body).toEqual({ success: true, outcomes: [{ runId: broken, status: 'error', message: expect.any(String) }, { runId: fine, status: 'cancelled' }] })
      expect(JSON.stringify(body)).not.toContain('secret detail')
    } finally {
      engine.cancel = cancel
    }
  })

  const refused: [name: string, body: unknown, paths: string[]][] = [
    ['neither ids nor a workflow', {}, ['']],
    ['both', { runIds: [NOWHERE], workflowId: 'asks' }, ['']],
    ['no ids', { runIds: [] }, ['runIds']],
    ['ids that are none', { runIds: [NOWHERE, 5] }, ['runIds[1]']],
    ['more than a thousand', { runIds: Array.from({ length: 1001 }, () => NOWHERE) }, ['runIds']],
    ['too long a reason', { runIds: [NOWHERE], reason: 'x'.repeat(501) }, ['reason']],
    ['unknown fields', { runIds: [NOWHERE], why: 'x', forced: true }, ['why', 'forced']],
    ['a list', [NOWHERE], ['']],
  ]
  test.each(refused)('are refused with %s', async (_name, body, paths) => {
    const answer = await cancelAll(body)
    expect({ status: answer.status, paths: (answer.body.details as Json[]).map(({ path }) => path as string) }).toEqual({ status: 400, paths })
  })

  test('may be given a reason of 500 characters', async () => {
    const id = await paused()
    const reason = 'é'.repeat(500)
    expect((await cancelAll({ runIds: [id], reason })).body.outcomes).toEqual([{ runId: id, status: 'cancelled' }])
    expect((await server.get(id)).workflowRun.error?.message).toBe(reason)
  })
})
