import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { loadCatalog } from '../../runner/catalog.ts'
import { defineStep, done, type Step } from '../../steps/lib/step.ts'
import { linear, readEvents, startTestServer, type Json, type SseEvent, type TestServer } from '../harness.ts'
import { collect, line } from './events.ts'

const RUNS = '/api/v1/workflow-runs'
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
const ASK = { identifier: 'ask', title: 'Ask', config: { type: 'USER_INPUT', title: 'Code?', userInputs: { properties: { code: { type: 'string' } } } } }
const ONE = { identifier: 'one', title: 'One', stateName: 'making_one', config: { type: 'TRANSFORM', value: { a: 1 } } }

/** A step that tells everything that a step can tell. */
const speak = defineStep({
  summary: 'Say something in every way.',
  config: z.strictObject({ text: z.string() }),
  run: async (context, { text }) => {
    context.log('INFO', text, { tag: 'x' })
    context.thinking('Let me see.')
    await context.saveArtifact({ type: 'extracted_data', name: 'said.txt', mimeType: 'text/plain', from: Buffer.from(text) })
    return done({ said: text })
  },
})

let server: TestServer
beforeAll(async () => {
  const catalog = new Map<string, Step>([...(await loadCatalog()), ['SPEAK', speak]])
  server = await startTestServer({}, { catalog })
  await server.save(linear('short', [ONE]))
  await server.save(linear('asks', [ONE, ASK]))
  await server.save(linear('fails', [ONE, { identifier: 'stop', config: { type: 'FAIL', message: 'No.' } }]))
  await server.save(linear('speaks', [{ identifier: 'speak', config: { type: 'SPEAK', text: 'Line 1\nLine 2 \u2028 ünï' } }]))
})
afterAll(() => server[Symbol.asyncDispose]())

const stream = (workflowId: string, init: RequestInit = {}) =>
  fetch(`${server.url}${RUNS}/execute/stream`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ workflowId }), ...init })
const answer = (runId: string) => server.call('POST', `${RUNS}/${runId}/input`, { values: { code: '42' } })
const idOf = (response: Response): string => response.headers.get('x-workflow-run-id')!
/** Reads on until an event of that name. */
const read = async (events: AsyncIterator<SseEvent>, name: string): Promise<SseEvent> => {
  for (;;) {
    const { value, done: over } = await events.next()
    if (over) throw new Error(`The stream ended before "${name}".`)
    if (value.event === name) return value
  }
}

describe('executing with a stream', () => {
  test('says all that happens, in order, in the shapes of the contract', async () => {
    const response = await stream('short')
    expect(response.status).toBe(200)
    expect(Object.fromEntries(['content-type', 'cache-control', 'x-accel-buffering'].map((name) => [name, response.headers.get(name)]))).toEqual({
      'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no',
    })
    const events = await collect(readEvents(response))
    const run = (await server.get(idOf(response))).workflowRun
    const at = expect.stringMatching(TIME) as string
    const runEvent = (status: string, state: string, currentStateName: string | null) => ({ event: 'workflow-run', data: { content: { workflowRunId: run.id, workflowId: run.workflowId, status, state, currentStateName, at } } })
    const step = (stepId: string, stepName: string, kind: string, status: string, outputs: Json | null) => ({
      event: 'activity-run',
      data: { content: { workflowRunId: run.id, activityRunId: expect.any(String), stepId, stepName, kind, status, attempt: 1, iteration: null, outputs, startedAt: expect.stringMatching(TIME), completedAt: status === 'running' ? null : expect.stringMatching(TIME), at } },
    })
    expect(events.map(({ event, data }) => ({ event, data }))).toEqual([
      runEvent('scheduled', 'PENDING', null),
      runEvent('running', 'IN_PROGRESS', null),
      step('trigger', 'Start', 'trigger', 'running', null),
      step('trigger', 'Start', 'trigger', 'completed', {}),
      step('one', 'One', 'step', 'running', null),
      step('one', 'One', 'step', 'completed', { a: 1 }),
      runEvent('completed', 'COMPLETED', 'making_one'),
      { event: 'result', data: { success: true, message: 'Workflow executed successfully', workflowRun: { ...run, activityRuns: (await server.get(run.id)).activityRuns, activityRunsTotal: 2, logs: [] } } },
    ])
  })

  test('tells what is said of the run itself, which GET shows as well', async () => {
    const { id } = await server.run('asks')
    await server.until(id, ({ awaiting }) => awaiting !== null)
    const { log, clock } = server.server.services
    await log.record(id, [{ event: { type: 'log', activityId: null, level: 'WARN', message: 'of the run', tags: {} } }], { fence: null, at: clock.now() })
    expect((await server.call('GET', `${RUNS}/${id}`)).body.logs).toEqual([{ level: 'WARN', message: 'of the run', tags: {}, createdAt: expect.stringMatching(TIME) }])
    await server.call('POST', `${RUNS}/${id}/cancel`)
    const events = await collect(readEvents(await fetch(`${server.url}${RUNS}/${id}/stream`)))
    expect(events.find(({ event }) => event === 'log')?.data).toEqual({ content: { activityRunId: null, stepId: null, level: 'WARN', message: 'of the run', tags: {}, at: expect.any(String) as string } })
    expect(events.at(-1)?.data.workflowRun.logs).toMatchObject([{ message: 'of the run' }])
  })

  test('is text that any reader of the standard takes: retry once, ids that grow, one line of data each', async () => {
    const text = await (await stream('speaks')).text()
    expect(text.startsWith('retry: 3000\n\n')).toBe(true)
    expect(text.match(/^retry:/gm)).toHaveLength(1)
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
    for (const frame of text.trimEnd().split('\n\n').slice(1)) expect(frame).toMatch(/^(id: \d+\n)?event: [a-z-]+\ndata: \{.*\}$/s)
  })

  test('tells what a step logs, thinks and leaves', async () => {
    const events = await collect(readEvents(await stream('speaks')))
    const at = expect.any(String) as string
    const find = (name: string): Json => events.find(({ event }) => event === name)!.data
    const { activityRunId } = events.find(({ data }) => data.content?.stepId === 'speak')!.data.content as Json
    expect(find('log')).toEqual({ content: { activityRunId, stepId: 'speak', level: 'INFO', message: 'Line 1\nLine 2 \u2028 ünï', tags: { tag: 'x' }, at } })
    expect(find('thinking')).toEqual({ content: 'Let me see.', stepId: 'speak', activityRunId, at })
    expect(find('artifact')).toEqual({ content: { artifactId: expect.any(String), activityRunId, type: 'extracted_data', name: 'said.txt', mimeType: 'text/plain', sizeBytes: 23, at } })
    expect(events.map(line).slice(4, -2)).toEqual(['activity-run speak running', 'log speak INFO', 'thinking speak', 'artifact said.txt', 'activity-run speak completed'])
  })

  test('tells what a run asks, goes on after the answer, and ends with one result', async () => {
    const response = await stream('asks')
    const events = readEvents(response)
    const { data } = await read(events, 'user-input')
    expect(data).toEqual({ content: { inputRequestId: expect.any(String), stepId: 'ask', title: 'Code?', schema: { properties: { code: { type: 'string' } } }, expiresAt: expect.stringMatching(/Z$/) } })
    await read(events, 'workflow-run')
    await answer(idOf(response))
    expect((await collect(events)).map(line)).toEqual([
      'workflow-run PENDING', 'workflow-run IN_PROGRESS', 'activity-run ask completed', 'workflow-run COMPLETED', 'result',
    ])
  })

  test('ends with one error when the run fails', async () => {
    const events = await collect(readEvents(await stream('fails')))
    expect(events.map(line).slice(-4)).toEqual(['activity-run stop running', 'activity-run stop failed', 'workflow-run FAILED', 'error'])
    expect(events.at(-1)!.data).toEqual({ error: 'step_failed', details: 'No.', workflowRun: expect.objectContaining({ state: 'FAILED', activityRuns: expect.any(Array) }) })
    expect(events.at(-3)!.data.content).toMatchObject({ status: 'failed', error: { code: 'step_failed', message: 'No.' } })
    expect(events.filter(({ event }) => event === 'result' || event === 'error')).toHaveLength(1)
  })

  test('ends with the error cancelled, and its reason, when somebody cancels the run', async () => {
    const response = await stream('asks')
    const events = readEvents(response)
    await read(events, 'user-input')
    await server.call('POST', `${RUNS}/${idOf(response)}/cancel`, { reason: 'Enough.' })
    const rest = await collect(events)
    expect(rest.at(-1)).toMatchObject({ event: 'error', data: { error: 'cancelled', details: 'Enough.', workflowRun: { state: 'CANCELLED' } } })
  })

  test('tells nothing that a GET does not show already', async () => {
    const ranks = ['scheduled', 'running', 'waiting', 'completed']
    const response = await stream('asks')
    for await (const { event, data } of readEvents(response)) {
      const { workflowRun, activityRuns } = await server.get(idOf(response))
      const content = data.content as Json
      if (event === 'activity-run') {
        const shown = activityRuns.find(({ id }) => id === content.activityRunId)
        expect(ranks.indexOf(shown?.status ?? '')).toBeGreaterThanOrEqual(ranks.indexOf(content.status as string))
      }
      if (event === 'user-input') expect((await server.call('GET', `/api/v1/user-forms/${content.inputRequestId}`)).status).toBe(200)
      if (event === 'workflow-run' && content.state === 'AWAITING_USER_INPUT') {
        expect(workflowRun.awaiting).not.toBeNull()
        await answer(workflowRun.id)
      }
      if (event === 'result') expect(workflowRun.state).toBe('COMPLETED')
    }
  })

  test('does not stop the run when the client goes away', async () => {
    const client = new AbortController()
    const response = await stream('asks', { signal: client.signal })
    await read(readEvents(response), 'workflow-run')
    client.abort()
    await server.until(idOf(response), (run) => run.awaiting !== null)
    await answer(idOf(response))
    expect((await server.settled(idOf(response))).workflowRun.state).toBe('COMPLETED')
  })

  test('is kept alive by a ping every 9 seconds, which has no id', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      const client = new AbortController()
      const response = await stream('asks', { signal: client.signal })
      const events = readEvents(response)
      const { id } = await read(events, 'user-input')
      vi.advanceTimersByTime(8_999)
      vi.advanceTimersByTime(1)
      const ping = await read(events, 'ping')
      expect(ping.data).toEqual({ content: 'ping' })
      // The parser hands on the last id it saw, which is what a browser would reconnect with.
      expect([undefined, id, String(Number(id) + 1)]).toContain(ping.id)
      client.abort()
    } finally {
      vi.useRealTimers()
    }
  })
})
