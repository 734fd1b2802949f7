import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClock } from '../../server/clock.ts'
import { linear, readEvents, startTestServer, type Json, type SseEvent, type TestServer } from '../harness.ts'
import { as, CALLERS } from './callers.ts'

const RUNS = '/api/v1/workflow-runs'
const ECHO = { identifier: 'echo', config: { type: 'TRANSFORM', value: '{{ .inputs }}' } }

let server: TestServer
/** How far the server's clock is ahead. */
let lateMs = 0
beforeAll(async () => {
  const clock = createClock()
  server = await startTestServer(CALLERS, { clock: { ...clock, now: () => clock.now() + lateMs } })
  await server.save(linear('echo', [ECHO]))
  await server.save(linear('asks', [{ identifier: 'ask', config: { type: 'USER_INPUT', title: '?' } }]))
})
afterAll(() => server[Symbol.asyncDispose]())

const key = (text: string) => ({ 'idempotency-key': text })
const create = (body: Json, text: string) => server.call('POST', RUNS, body, key(text))
const total = async (): Promise<number> => (await server.call('GET', RUNS)).body.pagination.total as number
const answer = (runId: string) => server.call('POST', `${RUNS}/${runId}/input`, {})
const waiting = (runId: string) => server.until(runId, (run) => run.awaiting !== null)

describe('a repeated call', () => {
  test('that creates a run gets the first answer again, whatever the run has done since', async () => {
    const first = await create({ workflowId: 'echo', inputs: { a: 1 } }, 'create')
    await server.settled(first.body.id as string)
    const before = await total()
    const second = await create({ workflowId: 'echo', inputs: { a: 1 } }, 'create')
    expect({ status: second.status, location: second.headers.get('location'), body: second.body }).toEqual({ status: 202, location: first.headers.get('location'), body: first.body })
    expect(await total()).toBe(before)
  })

  test('gets it even when the workflow has changed or is gone by now', async () => {
    const { id } = await server.save(linear('passing', [ECHO]))
    const first = await create({ workflowId: 'passing' }, 'gone')
    await server.call('PATCH', `/api/v1/workflows/${id}`, { nodes: [{ identifier: 's', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { a: { type: 'string' } }, required: ['a'] } } }, ECHO] })
    expect(await create({ workflowId: 'passing' }, 'gone')).toMatchObject({ status: 202, body: first.body })
    await server.call('DELETE', `/api/v1/workflows/${id}`)
    expect(await create({ workflowId: 'passing' }, 'gone')).toMatchObject({ status: 202, body: first.body })
  })

  test('with another body is refused', async () => {
    const refused = { status: 409, body: { code: 'idempotency_conflict', error: expect.any(String) } }
    expect(await create({ workflowId: 'echo', inputs: { a: 2 } }, 'other-body')).toMatchObject({ status: 202 })
    expect(await create({ workflowId: 'echo', inputs: { a: 3 } }, 'other-body')).toMatchObject(refused)
    expect(await create({ workflowId: 'nobody' }, 'other-body')).toMatchObject(refused)
  })

  test('compares uploaded files by their fields, names and bytes', async () => {
    const upload = async (field: string, name: string, text: string) => {
      const form = new FormData()
      form.append('workflowId', 'echo')
      form.append(field, new Blob([text]), name)
      const response = await fetch(server.url + RUNS, { method: 'POST', body: form, headers: key('file') })
      return { status: response.status, id: ((await response.json()) as Json).id as string }
    }
    const first = await upload('inputs[a]', 'a.txt', 'one')
    expect(await upload('inputs[a]', 'a.txt', 'one')).toEqual(first)
    for (const [field, name, text] of [['inputs[b]', 'a.txt', 'one'], ['inputs[a]', 'b.txt', 'one'], ['inputs[a]', 'a.txt', 'two']] as const) expect(await upload(field, name, text)).toMatchObject({ status: 409 })
    expect((await server.call('GET', `/api/v1/artifacts?workflowRunId=${first.id}`)).body.artifacts).toHaveLength(1)
  })

  test('that executes gets the end again, and 409 while the first is still at work', async () => {
    const call = () => server.call('POST', `${RUNS}/execute`, { workflowId: 'asks' }, key('execute'))
    const first = call()
    const { id } = await newest('asks')
    await waiting(id)
    expect(await call()).toMatchObject({ status: 409, body: { code: 'idempotency_in_progress', details: { workflowRunId: id } } })
    await answer(id)
    const { status, body } = await first
    expect(await call()).toMatchObject({ status, body: { success: true, workflowRun: { id, completedAt: body.workflowRun.completedAt } } })
  })

  test('that streams gets all events again, and 409 while the first is still at work', async () => {
    const call = () => fetch(`${server.url}${RUNS}/execute/stream`, { method: 'POST', headers: { 'content-type': 'application/json', ...key('stream') }, body: '{"workflowId":"asks"}' })
    const first = await call()
    const id = first.headers.get('x-workflow-run-id')!
    await waiting(id)
    const early = await call()
    expect({ status: early.status, body: await early.json() }).toMatchObject({ status: 409, body: { code: 'idempotency_in_progress' } })
    await answer(id)
    const read = async (response: Response) => {
      const events: SseEvent[] = []
      for await (const event of readEvents(response)) events.push(event)
      return events.map(({ id: at, event }) => `${at} ${event}`)
    }
    const events = await read(first)
    expect(events.at(-1)).toMatch(/ result$/)
    expect(await read(await call())).toEqual(events)
  })

  test('that runs again gets the first answer again', async () => {
    const { id } = await server.run('echo', { a: 1 })
    await server.settled(id)
    const again = (body: Json) => server.call('POST', `${RUNS}/${id}/rerun`, body, key('rerun'))
    const first = await again({ fromStepId: 'echo' })
    await server.settled(first.body.id as string)
    expect(await again({ fromStepId: 'echo' })).toMatchObject({ status: 202, body: first.body })
    expect(first.body).toMatchObject({ state: 'PENDING', startedAt: null, outputs: { trigger: { a: 1 } } })
    expect(await again({})).toMatchObject({ status: 409, body: { code: 'idempotency_conflict' } })
  })
})

test('of ten calls at once one makes the run, and all are told of it', async () => {
  const before = await total()
  const answers = await Promise.all(Array.from({ length: 10 }, () => create({ workflowId: 'echo' }, 'at-once')))
  expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1)
  expect(await total()).toBe(before + 1)
})

test('a refused call does not use up its key', async () => {
  expect((await create({ workflowId: 'nobody' }, 'refused')).status).toBe(404)
  expect((await create({ workflowId: 'echo', inputs: 5 }, 'refused')).status).toBe(400)
  expect((await create({ workflowId: 'echo', inputs: { constructor: 5 } }, 'refused')).status).toBe(400)
  expect((await create({ workflowId: 'echo' }, 'refused')).status).toBe(202)
})

test('a key counts for one caller and one path', async () => {
  const [anna, ben] = [await as(server, { sub: 'anna', org: 'default' }), await as(server, { sub: 'ben', org: 'default' })]
  const calls = [
    await create({ workflowId: 'echo' }, 'mine'),
    await anna.call('POST', RUNS, { workflowId: 'echo' }, key('mine')),
    await ben.call('POST', RUNS, { workflowId: 'echo' }, key('mine')),
    await server.call('POST', `${RUNS}/execute`, { workflowId: 'echo', inputs: { other: 'body' } }, key('mine')),
  ]
  expect(calls.map(({ status }) => status)).toEqual([202, 202, 202, 200])
  expect(new Set(calls.map(({ body }) => (body.workflowRun as Json | undefined)?.id ?? body.id)).size).toBe(4)
})

test('a key is forgotten after a day', async () => {
  const first = await create({ workflowId: 'echo' }, 'old')
  try {
    lateMs = 24 * 3_600_000 + 1
    expect((await create({ workflowId: 'echo', inputs: { other: 'body' } }, 'old')).body.id).not.toBe(first.body.id)
  } finally {
    lateMs = 0
  }
})

test.each(['', ' ', 'a b', 'x'.repeat(256), 'ü'])('"%s" is no key', async (text) => {
  const { status } = await server.call('POST', RUNS, { workflowId: 'echo' }, key(text))
  // A header of white space is an empty one.
  expect(status).toBe(400)
})

/** The newest run of a workflow, when there is one that goes on. */
const newest = async (workflowId: string): Promise<{ id: string }> => {
  for (;;) {
    const { workflowRuns } = (await server.call('GET', `${RUNS}?workflowId=${workflowId}&limit=1`)).body as { workflowRuns: { id: string; completedAt: string | null }[] }
    if (workflowRuns[0]?.completedAt === null) return workflowRuns[0]
  }
}
