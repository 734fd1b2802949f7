import { afterAll, beforeAll, expect, test } from 'vitest'
import { linear, readEvents, startTestServer, type SseEvent, type TestServer } from '../harness.ts'
import { as, CALLERS } from './callers.ts'

const PATH = '/api/v1/workflow-runs/stream'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer(CALLERS)
  await server.save(linear('greet', [{ identifier: 'say', stateName: 'saying', config: { type: 'TRANSFORM', value: { hello: 'world' } } }]))
})
afterAll(() => server[Symbol.asyncDispose]())

const follow = async (headers: Record<string, string> = {}) => {
  const stop = new AbortController()
  const response = await fetch(`${server.url}${PATH}`, { headers, signal: stop.signal })
  return { status: response.status, events: readEvents(response), stop: () => stop.abort() }
}

/** Events until one is as wanted. */
const until = async (events: AsyncGenerator<SseEvent>, wanted: (event: SseEvent) => boolean): Promise<SseEvent[]> => {
  const seen: SseEvent[] = []
  for await (const event of events) {
    seen.push(event)
    if (wanted(event)) return seen
  }
  throw new Error('The stream ended.')
}

test('all runs are followed at once, from now on', async () => {
  await server.settled((await server.run('greet')).id)
  const { events, stop } = await follow()
  const first = await server.run('greet')
  const second = await server.run('greet')
  const ended = new Set<string>()
  const seen = await until(events, ({ data }) => data.content.status === 'completed' && ended.add(data.content.workflowRunId as string).size === 2)
  stop()
  expect(new Set(seen.map(({ data }) => data.content.workflowRunId as string))).toEqual(new Set([first.id, second.id]))
  const ofFirst = seen.filter(({ data }) => data.content.workflowRunId === first.id).map(({ data }) => [data.content.state, data.content.currentStateName])
  expect(ofFirst[0]).toEqual(['PENDING', null])
  expect(ofFirst).toContainEqual(['IN_PROGRESS', 'saying'])
  expect(ofFirst.at(-1)).toEqual(['COMPLETED', 'saying'])
  expect(seen[0]?.data.content.at).toMatch(/^\d{4}-.*Z$/)
})

test('who reconnects with Last-Event-ID misses nothing and sees nothing twice', async () => {
  const { events, stop } = await follow()
  const { id } = await server.run('greet')
  const [first] = await until(events, () => true)
  stop()
  await server.settled(id)
  const again = await follow({ 'last-event-id': first!.id! })
  const rest = await until(again.events, ({ data }) => data.content.status === 'completed')
  again.stop()
  const numbers = rest.map((event) => Number(event.id))
  expect(numbers.every((number, index) => number > (index === 0 ? Number(first!.id) : numbers[index - 1]!))).toBe(true)
})

test('another org’s runs, and hidden ones, are not told of', async () => {
  const anna = await as(server, { sub: 'anna' })
  const bea = await as(server, { sub: 'bea' })
  const secret = linear('secret', [{ identifier: 'say', config: { type: 'TRANSFORM', value: {} } }], { allowAnyoneToViewRuns: false })
  await anna.call('POST', '/api/v1/workflows', secret)
  await anna.call('POST', '/api/v1/workflows', linear('open', secret.nodes))
  const { events, stop } = await follow({ authorization: bea.authorization })
  await server.settled((await server.run('greet')).id)
  await anna.call('POST', '/api/v1/workflow-runs/execute', { workflowId: 'secret' })
  const { body } = await anna.call('POST', '/api/v1/workflow-runs/execute', { workflowId: 'open' })
  const seen = await until(events, ({ data }) => data.content.status === 'completed')
  stop()
  expect(new Set(seen.map(({ data }) => data.content.workflowRunId as string))).toEqual(new Set([body.workflowRun.id]))
})

test('a Last-Event-ID that is no number is refused', async () => {
  expect(await server.call('GET', PATH, undefined, { 'last-event-id': 'x' })).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
})

test('the counts of all runs are those that the caller may see', async () => {
  const anna = await as(server, { sub: 'anna' })
  const bea = await as(server, { sub: 'bea' })
  const count = async (caller: typeof anna) => (await caller.call('GET', '/api/v1/workflow-runs/dashboard')).body
  expect(await count(anna)).toEqual({ total: 2, counts: { scheduled: 0, running: 0, completed: 2, failed: 0, cancelled: 0, waiting: 0 } })
  expect(await count(bea)).toMatchObject({ total: 1, counts: { completed: 1 } })
})
