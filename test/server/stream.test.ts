import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { loadCatalog } from '../../runner/catalog.ts'
import { defineStep, done, type Step } from '../../steps/lib/step.ts'
import { linear, readEvents, startTestServer, type Json, type SseEvent, type TestServer } from '../harness.ts'

const RUNS = '/api/v1/workflow-runs'
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
  await server.save(linear('long', Array.from({ length: 12 }, (_, index) => ({ ...ONE, identifier: `n${index}` }))))
})
afterAll(() => server[Symbol.asyncDispose]())

const stream = (workflowId: string, init: RequestInit = {}) =>
  fetch(`${server.url}${RUNS}/execute/stream`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ workflowId }), ...init })
const follow = (runId: string, headers: Record<string, string> = {}, query = '') => fetch(`${server.url}${RUNS}/${runId}/stream${query}`, { headers })
const collect = async (events: AsyncIterable<SseEvent>): Promise<SseEvent[]> => {
  const all: SseEvent[] = []
  for await (const event of events) all.push(event)
  return all
}
const answer = (runId: string) => server.call('POST', `${RUNS}/${runId}/input`, { values: { code: '42' } })
const idOf = (response: Response): string => response.headers.get('x-workflow-run-id')!
/** An event as one line, for the order of many. */
const line = ({ event, data }: SseEvent): string => {
  const { stepId, status, state, name, level } = (typeof data.content === 'object' ? data.content : data) as Json
  return [event, stepId, state ?? status ?? name ?? level].filter((part) => part !== undefined).join(' ')
}
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
    const runEvent = (status: string, state: string, currentStateName: string | null) => ({ event: 'workflow-run', data: { content: { workflowRunId: run.id, workflowId: run.workflowId, status, state, currentStateName } } })
    const step = (stepId: string, stepName: string, kind: string, status: string, outputs: Json | null) => ({
      event: 'activity-run',
      data: { content: { workflowRunId: run.id, activityRunId: expect.any(String), stepId, stepName, kind, status, attempt: 1, iteration: null, outputs } },
    })
    expect(events.map(({ event, data }) => ({ event, data }))).toEqual([
      runEvent('scheduled', 'PENDING', null),
      runEvent('running', 'IN_PROGRESS', null),
      step('trigger', 'Start', 'trigger', 'running', null),
      step('trigger', 'Start', 'trigger', 'completed', {}),
      step('one', 'One', 'step', 'running', null),
      step('one', 'One', 'step', 'completed', { a: 1 }),
      runEvent('completed', 'COMPLETED', 'making_one'),
      { event: 'result', data: { success: true, message: 'Workflow executed successfully', workflowRun: { ...run, activityRuns: (await server.get(run.id)).activityRuns } } },
    ])
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
    const find = (name: string): Json => events.find(({ event }) => event === name)!.data
    const { activityRunId } = events.find(({ data }) => data.content?.stepId === 'speak')!.data.content as Json
    expect(find('log')).toEqual({ content: { activityRunId, stepId: 'speak', level: 'INFO', message: 'Line 1\nLine 2 \u2028 ünï', tags: { tag: 'x' } } })
    expect(find('thinking')).toEqual({ content: 'Let me see.', stepId: 'speak', activityRunId })
    expect(find('artifact')).toEqual({ content: { artifactId: expect.any(String), activityRunId, type: 'extracted_data', name: 'said.txt', mimeType: 'text/plain', sizeBytes: 23 } })
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
      'workflow-run IN_PROGRESS', 'activity-run ask completed', 'workflow-run COMPLETED', 'result',
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

describe('following by GET', () => {
  test('gives a run that has ended from its beginning, as it was streamed', async () => {
    const live = await stream('speaks')
    const unsigned = (text: string) => text.replaceAll(/expires=\d+&signature=[\w-]+/g, '')
    const text = unsigned(await live.text())
    expect(unsigned(await (await follow(idOf(live))).text())).toBe(text)
    expect(text).toContain('event: result')
  })

  test('goes on after any position, named by header or query, in either spelling of the run', async () => {
    const { id, identifier } = await server.run('asks')
    await server.until(id, (run) => run.awaiting !== null)
    await answer(id)
    await server.settled(id)
    const all = await collect(readEvents(await follow(id)))
    const numbered = all.flatMap((event, index) => (event.id === undefined || all[index + 1]?.id === event.id ? [] : [{ id: event.id, index }]))
    expect(numbered.length).toBeGreaterThan(10)
    for (const { id: seen, index } of numbered) {
      const rest = all.slice(index + 1).map(line)
      const [byHeader, byQuery] = [await follow(id, { 'last-event-id': seen }), await follow(identifier, {}, `?lastEventId=${seen}`)]
      if (rest.length === 0) expect([byHeader.status, byQuery.status]).toEqual([204, 204])
      else for (const response of [byHeader, byQuery]) expect((await collect(readEvents(response))).map(line)).toEqual(rest)
    }
    const header = all[numbered[3]!.index]!.id!
    expect((await collect(readEvents(await follow(id, { 'last-event-id': header }, '?lastEventId=0')))).map(line)).toEqual(all.slice(numbered[3]!.index + 1).map(line))
  })

  test('loses and repeats nothing over a reconnect after every single event of a running run', async () => {
    const { id } = await server.run('long')
    const seen: SseEvent[] = []
    for (let last = '0'; seen.at(-1)?.event !== 'result'; ) {
      const events = readEvents(await follow(id, { 'last-event-id': last }))
      for await (const event of events) {
        seen.push(event)
        if (event.event !== 'workflow-run' || event.data.content.status !== 'completed') {
          last = event.id!
          break
        }
      }
    }
    expect(seen.map(line)).toEqual((await collect(readEvents(await follow(id)))).map(line))
  })

  test('answers 204 when the run has ended and all of it was seen', async () => {
    const live = await stream('short')
    const last = [...(await live.text()).matchAll(/^id: (\d+)$/gm)].at(-1)![1]!
    for (const seen of [last, '999999999999999']) {
      const response = await follow(idOf(live), { 'last-event-id': seen })
      expect({ status: response.status, text: await response.text() }).toEqual({ status: 204, text: '' })
    }
  })

  test('ends with the run also for a client whose number is greater than any there is', async () => {
    const { id } = await server.run('asks')
    await server.until(id, (run) => run.awaiting !== null)
    const response = await follow(id, { 'last-event-id': '999999999999999' })
    await answer(id)
    expect((await collect(readEvents(response))).map(line).at(-1)).toBe('result')
  })

  test.each(['abc', '-1', '1.5', '1e3', '', '9'.repeat(40), '1, 2'])('refuses the Last-Event-ID "%s"', async (seen) => {
    const { id } = (await server.call('GET', `${RUNS}?limit=1`)).body.workflowRuns[0] as { id: string }
    const answers = [await follow(id, { 'last-event-id': seen }), await follow(id, {}, `?lastEventId=${encodeURIComponent(seen)}`)]
    for (const response of answers) expect({ status: response.status, body: await response.json() }).toEqual({ status: 400, body: { code: 'invalid_request', error: expect.stringContaining('Last-Event-ID') } })
  })

  test('knows no run that there is not', async () => {
    for (const id of ['0197d0d0-0000-7000-8000-000000000000', 'nothing']) expect((await follow(id)).status).toBe(404)
  })

  test('serves 200 followers of one run alike', async () => {
    const { id } = await server.run('asks')
    await server.until(id, (run) => run.awaiting !== null)
    const responses = await Promise.all(Array.from({ length: 200 }, () => follow(id)))
    const all = responses.map((response) => collect(readEvents(response)))
    await answer(id)
    const lines = new Set((await Promise.all(all)).map((events) => events.map((event) => `${event.id} ${line(event)}`).join('\n')))
    expect(lines.size).toBe(1)
    expect([...lines][0]).toMatch(/result$/)
  })
})
