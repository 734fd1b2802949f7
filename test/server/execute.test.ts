import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { collectGarbage } from '../garbage.ts'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'

const RUNS = '/api/v1/workflow-runs'
const EXECUTE = `${RUNS}/execute`
const ASK = { identifier: 'ask', config: { type: 'USER_INPUT', title: 'Code?', userInputs: { properties: { code: { type: 'string' } }, required: ['code'] } } }

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await server.save(linear('good', [{ identifier: 'one', title: 'One', config: { type: 'TRANSFORM', value: { said: '{{ .inputs.word }}' } } }]))
  await server.save(linear('bad', [{ identifier: 'one', config: { type: 'TRANSFORM', value: 1 } }, { identifier: 'stop', config: { type: 'FAIL', message: 'No such {{ .inputs.thing }}.' } }]))
  await server.save(linear('idle', [{ identifier: 'nothing', config: { type: 'NO_ACTION', reason: 'Nothing new.' } }]))
  await server.save(linear('asks', [ASK]))
})
afterAll(() => server[Symbol.asyncDispose]())

const execute = (workflowId: string, headers: Record<string, string> = {}, inputs: Json = {}, init: RequestInit = {}) =>
  fetch(server.url + EXECUTE, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ workflowId, inputs }), ...init })
const asks = (runId: string) => server.until(runId, (run) => run.awaiting !== null)
const answer = (runId: string) => server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { values: { code: '42' } })
const runs = async (): Promise<number> => (await server.call('GET', '/api/v1/workflow-runs')).body.pagination.total as number

describe('a blocking call', () => {
  test('answers with the run when it has succeeded, and with what its nodes did', async () => {
    const response = await execute('good', {}, { word: 'hello' })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const body = (await response.json()) as Json
    const { activityRuns, activityRunsTotal, logs, ...run } = body.workflowRun as Json
    expect({ activityRunsTotal, logs }).toEqual({ activityRunsTotal: 2, logs: [] })
    expect(response.headers.get('x-workflow-run-id')).toBe(run.id)
    expect({ ...body, workflowRun: undefined }).toEqual({ success: true, message: 'Workflow executed successfully' })
    expect(run).toMatchObject({ state: 'COMPLETED', status: 'completed', error: null, outputs: { trigger: { word: 'hello' }, one: { said: 'hello' } }, currentStateName: 'one', durationMs: Date.parse(run.completedAt as string) - Date.parse(run.startedAt as string) })
    expect({ workflowRun: run, activityRuns: withoutUrls(activityRuns as Json[]) }).toEqual(withoutUrlsIn(await server.get(run.id as string)))
    expect(activityRuns).toMatchObject([
      { stepId: 'trigger', stepName: 'Start', kind: 'trigger', type: 'SELF_SERVE_TRIGGER', status: 'completed', attempt: 1, outputs: { word: 'hello' }, workflowRunId: run.id },
      { stepId: 'one', stepName: 'One', kind: 'step', type: 'TRANSFORM', status: 'completed', attempt: 1, outputs: { said: 'hello' }, error: null, iteration: null, logs: [], artifacts: [] },
    ])
  })

  test('answers 200 with success false when the run failed: the call itself worked', async () => {
    const response = await execute('bad', {}, { thing: 'luck' })
    expect(response.status).toBe(200)
    const body = (await response.json()) as Json
    const failed = (body.workflowRun.activityRuns as Json[]).at(-1)!
    expect(body).toMatchObject({ success: false, message: 'No such luck.', workflowRun: { state: 'FAILED', status: 'failed' } })
    expect(body.workflowRun.error).toEqual({ code: 'step_failed', message: 'No such luck.', stepId: 'stop', activityRunId: failed.id, attempt: 1 })
    expect(failed).toMatchObject({ stepId: 'stop', status: 'failed', error: body.workflowRun.error })
  })

  test('takes a run that found nothing to do for a success', async () => {
    expect(await (await execute('idle')).json()).toMatchObject({ success: true, workflowRun: { state: 'COMPLETED_WITH_NO_ACTION_TAKEN', status: 'completed', outputs: { nothing: { reason: 'Nothing new.' } } } })
  })

  test('answers success false when the run was cancelled, with the reason', async () => {
    const response = await execute('asks')
    const runId = response.headers.get('x-workflow-run-id')!
    await asks(runId)
    await server.call('POST', `/api/v1/workflow-runs/${runId}/cancel`, { reason: 'Not today.' })
    expect(await response.json()).toMatchObject({ success: false, message: 'Not today.', workflowRun: { state: 'CANCELLED', error: { code: 'cancelled', message: 'Not today.' } } })
  })

  test('sends its headers as soon as the run exists, keeps the line alive, and waits through a pause', async () => {
    // By hand: what keeps the line alive would send the headers, too.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      const response = await execute('asks')
      const runId = response.headers.get('x-workflow-run-id')!
      expect((await asks(runId)).workflowRun).toMatchObject({ state: 'AWAITING_USER_INPUT', status: 'waiting' })
      vi.advanceTimersByTime(20_000)
      expect((await answer(runId)).status).toBe(200)
      const text = await response.text()
      expect(text).toMatch(/^ {2}\{/)
      expect(JSON.parse(text)).toMatchObject({ success: true, workflowRun: { id: runId, outputs: { ask: { values: { code: '42' } } } } })
    } finally {
      vi.useRealTimers()
    }
  })

  test('whose client goes away does not stop the run', async () => {
    const client = new AbortController()
    const response = await execute('asks', {}, {}, { signal: client.signal })
    const runId = response.headers.get('x-workflow-run-id')!
    client.abort()
    await expect(response.text()).rejects.toThrow('aborted')
    await asks(runId)
    await answer(runId)
    expect((await server.settled(runId)).workflowRun.state).toBe('COMPLETED')
  })
})

describe('Prefer: wait', () => {
  test('answers 202 when the time is over, whatever the garbage collector has taken meanwhile', async () => {
    const before = await runs()
    const answered = execute('asks', { prefer: 'wait=1' })
    await expect.poll(runs).toBe(before + 1)
    collectGarbage()
    const response = await answered
    expect(response.status).toBe(202)
    expect(response.headers.get('preference-applied')).toBe('wait=1')
    await server.call('POST', `${RUNS}/${response.headers.get('x-workflow-run-id')}/cancel`)
  })

  test.each(['wait=0', 'respond-async', 'handling=strict, wait="0"', 'RESPOND-ASYNC'])('%s answers 202 with the run as it stands, and the run goes on', async (prefer) => {
    const response = await execute('asks', { prefer })
    const body = (await response.json()) as Json
    const { id } = body.workflowRun as { id: string }
    expect(response.status).toBe(202)
    expect(body).toMatchObject({ success: true, message: expect.any(String), workflowRun: { completedAt: null } })
    expect(response.headers.get('location')).toBe(`/api/v1/workflow-runs/${id}`)
    expect(response.headers.get('x-workflow-run-id')).toBe(id)
    expect(response.headers.get('preference-applied')).toBe(prefer.toLowerCase().includes('respond-async') ? 'respond-async' : 'wait=0')
    await asks(id)
    await answer(id)
    expect((await server.settled(id)).workflowRun.state).toBe('COMPLETED')
  })

  test('of longer than the run takes answers 200 with its end, however absurdly long', async () => {
    for (const prefer of ['wait=30', `wait=${'9'.repeat(9)}`]) {
      const response = await execute('good', { prefer })
      expect({ status: response.status, body: await response.json() }).toMatchObject({ status: 200, body: { success: true, workflowRun: { state: 'COMPLETED', activityRuns: [{}, {}] } } })
    }
  })

  test('that is no number of seconds is refused, and nothing is started', async () => {
    const before = await runs()
    for (const prefer of ['wait=soon', 'wait=-1', 'wait=1.5', 'wait=', `wait=${'9'.repeat(300)}`]) expect((await execute('good', { prefer })).status).toBe(400)
    expect(await runs()).toBe(before)
  })

  test('that asks for something else is left alone', async () => {
    for (const prefer of ['return=minimal', ',,;=', 'waiting=5', '"wait=x"']) expect((await execute('good', { prefer })).status).toBe(200)
  })
})

/** Signed addresses differ from call to call. */
const withoutUrls = (activityRuns: Json[]): Json[] => activityRuns.map((run) => ({ ...run, artifacts: (run.artifacts as Json[]).map(({ signedUrl: _signed, ...artifact }) => artifact) }))
const withoutUrlsIn = ({ workflowRun, activityRuns }: Json): Json => ({ workflowRun, activityRuns: withoutUrls(activityRuns as Json[]) })
