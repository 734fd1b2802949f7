import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { linear, readEvents, startTestServer, type SseEvent, type TestServer } from '../harness.ts'
import { collect, line } from './events.ts'

const RUNS = '/api/v1/workflow-runs'
const ONE = { identifier: 'one', config: { type: 'TRANSFORM', value: { a: 1 } } }

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await server.save(linear('short', [ONE]))
  await server.save(linear('asks', [ONE, { identifier: 'ask', config: { type: 'USER_INPUT', title: 'Code?' } }]))
  await server.save(linear('long', Array.from({ length: 12 }, (_, index) => ({ ...ONE, identifier: `n${index}` }))))
})
afterAll(() => server[Symbol.asyncDispose]())

const stream = (workflowId: string) =>
  fetch(`${server.url}${RUNS}/execute/stream`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ workflowId }) })
const follow = (runId: string, headers: Record<string, string> = {}, query = '') => fetch(`${server.url}${RUNS}/${runId}/stream${query}`, { headers })
const answer = (runId: string) => server.call('POST', `${RUNS}/${runId}/input`, {})
const idOf = (response: Response): string => response.headers.get('x-workflow-run-id')!

test('gives a run that has ended from its beginning, as it was streamed', async () => {
  const live = await stream('long')
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

test('answers HEAD at once, and closes where the client asked for it', async () => {
  const { id } = await server.run('asks')
  await server.until(id, (run) => run.awaiting !== null)
  const { hostname, port } = new URL(server.url)
  const ended = (method: string, path: string) =>
    new Promise<string | undefined>((resolve, reject) => {
      const call = request({ hostname, port, path, method, headers: { connection: 'close' } }, (response) => response.resume().on('end', () => resolve(response.headers.connection)))
      call.on('error', reject).end()
    })
  expect(await ended('HEAD', `${RUNS}/${id}/stream`)).toBe('close')
  await answer(id)
  expect(await ended('GET', `${RUNS}/${id}/stream`)).toBe('close')
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
