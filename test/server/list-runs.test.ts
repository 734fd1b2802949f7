import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'

const RUNS = '/api/v1/workflow-runs'
const NOWHERE = '0197d0d0-0000-7000-8000-000000000000'
const DONE = { identifier: 'done', config: { type: 'TRANSFORM', value: 1 } }
const COUNTS = { scheduled: 0, running: 0, completed: 0, failed: 0, cancelled: 0, waiting: 0 }

let server: TestServer
/** The runs by what became of them, oldest first. */
const made: Record<string, string> = {}
let mixed: Json

beforeAll(async () => {
  server = await startTestServer()
  mixed = await server.save(linear('mixed', [
    { identifier: 'ask', config: { type: 'USER_INPUT', title: '?', buttons: [{ identifier: 'go', label: 'Go' }] } }, DONE,
  ], { title: 'Mixed 100% fun' })) // prettier-ignore
  await server.save(linear('failing', [{ identifier: 'stop', config: { type: 'FAIL', message: 'No.' } }]))
  await server.save(linear('idle', [{ identifier: 'none', config: { type: 'NO_ACTION' } }]))
  const ask = async (inputs?: Json) => {
    const { id } = await server.run('mixed', inputs)
    await server.until(id, (run) => run.awaiting !== null)
    return id
  }
  made.completed = await ask()
  await server.call('POST', `${RUNS}/${made.completed}/input`, { button: 'go' })
  await server.settled(made.completed)
  made.cancelled = await ask()
  await server.call('POST', `${RUNS}/${made.cancelled}/cancel`, {})
  made.waiting = await ask({ where: 'on the "lower floor"' })
  made.failed = (await server.run('failing')).id
  await server.settled(made.failed)
  made.idle = (await server.run('idle')).id
  await server.settled(made.idle)
})
afterAll(() => server[Symbol.asyncDispose]())

const list = async (query = ''): Promise<Json> => {
  const { status, body } = await server.call('GET', `${RUNS}?${query}`)
  expect({ query, status }).toEqual({ query, status: 200 })
  return body
}
/** What the runs of a list are called in `made`. */
const names = ({ workflowRuns }: Json): (string | undefined)[] =>
  (workflowRuns as Json[]).map(({ id }) => Object.keys(made).find((name) => made[name] === id))
const totalOf = async (query: string): Promise<[unknown, number]> => {
  const body = await list(query)
  return [names(body), body.pagination.total as number]
}

describe('the list', () => {
  test('is newest first, and each run looks as it does alone', async () => {
    const body = await list()
    expect(names(body)).toEqual(['idle', 'failed', 'waiting', 'cancelled', 'completed'])
    expect(body.pagination).toEqual({ page: 1, limit: 10, total: 5, totalPages: 1 })
    for (const run of body.workflowRuns as Json[]) {
      const alone = (await server.get(run.id as string)).workflowRun
      expect({ ...run, durationMs: null }).toEqual({ ...alone, durationMs: null })
    }
    expect((body.workflowRuns as Json[])[2]).toMatchObject({ status: 'waiting', awaiting: { title: '?', status: 'pending' } })
  })

  test('can be asked for a workflow, a status, a state, a text, a time, or all at once', async () => {
    const afterCancelled = (await server.get(made.waiting!)).workflowRun.createdAt
    const rows: [query: string, found: string[]][] = [
      ['workflowId=mixed', ['waiting', 'cancelled', 'completed']],
      [`workflowId=${mixed.id}`, ['waiting', 'cancelled', 'completed']],
      ['workflowId=nobody', []],
      [`workflowId=${NOWHERE}`, []],
      ['status=completed', ['idle', 'completed']],
      ['status=failed', ['failed']],
      ['status=cancelled', ['cancelled']],
      ['status=waiting', ['waiting']],
      ['status=scheduled', []],
      ['status=running', []],
      ['state=COMPLETED_WITH_NO_ACTION_TAKEN', ['idle']],
      ['state=AWAITING_USER_INPUT', ['waiting']],
      ['state=COMPLETED', ['completed']],
      ['state=COMPLETED&status=failed', []],
      ['status=AWAITING_USER_INPUT', ['waiting']],
      ['status=COMPLETED', ['completed']],
      ['status=PENDING', []],
      ['status=COMPLETED&state=FAILED', []],
      ['search=MIXED', ['waiting', 'cancelled', 'completed']],
      [`search=${encodeURIComponent('100% f')}`, ['waiting', 'cancelled', 'completed']],
      ['search=m_xed', []],
      ['search=NO.', ['failed']],
      ['search=stepId', []],
      ['search=lower%20floor', ['waiting']],
      [`search=${made.idle!}`, ['idle']],
      [`search=wfr_${made.idle!.replaceAll('-', '')}`, ['idle']],
      [`search=${made.failed!.slice(-8).toUpperCase()}`, ['failed']],
      [`search=${encodeURIComponent("' OR 1=1 --")}`, []],
      [`jobRunId=${NOWHERE}`, []],
      [`createdAfter=${afterCancelled}`, ['idle', 'failed', 'waiting']],
      [`createdBefore=${afterCancelled}&workflowId=mixed`, ['waiting', 'cancelled', 'completed']],
      [`createdBefore=${encodeURIComponent(new Date(Date.parse(afterCancelled) - 1).toISOString().replace('Z', '+00:00'))}`, ['cancelled', 'completed']],
      ['createdAfter=2020-01-01&createdBefore=2020-12-31', []],
      [`workflowId=mixed&status=waiting&search=fun&createdAfter=${afterCancelled}`, ['waiting']],
      ['unknown=1&orderBy=x', ['idle', 'failed', 'waiting', 'cancelled', 'completed']],
    ]
    for (const [query, found] of rows) expect({ query, found: await totalOf(query) }).toEqual({ query, found: [found, found.length] })
  })

  test('comes in pages, by limit or its alias', async () => {
    const second = await list('limit=2&page=2')
    expect([names(second), second.pagination]).toEqual([['waiting', 'cancelled'], { page: 2, limit: 2, total: 5, totalPages: 3 }])
    const last = await list('page_size=2&page=3')
    expect([names(last), last.pagination]).toEqual([['completed'], { page: 3, limit: 2, total: 5, totalPages: 3 }])
    expect(await list('page=9&limit=100')).toEqual({ workflowRuns: [], pagination: { page: 9, limit: 100, total: 5, totalPages: 1 } })
    expect((await list('workflowId=nobody')).pagination).toEqual({ page: 1, limit: 10, total: 0, totalPages: 0 })
  })

  test('comes by cursor without repeating or losing a run, also when one is added meanwhile', async () => {
    const found: unknown[] = []
    let cursor: string | null = ''
    let pages = 0
    for (; cursor !== null; pages++) {
      const body: Json = await list(`cursor=${cursor}&limit=2&createdBefore=2100-01-01`)
      if (pages === 0) await server.settled((await server.run('idle')).id)
      found.push(...names(body))
      expect(body.pagination.page).toBeNull()
      cursor = body.pagination.nextCursor as string | null
    }
    expect({ found, pages }).toEqual({ found: ['idle', 'failed', 'waiting', 'cancelled', 'completed'], pages: 3 })
    const { total } = (await list('cursor=')).pagination as { total: number }
    expect((await list(`cursor=&limit=${total}`)).pagination.nextCursor).toBeNull()
    expect((await list(`cursor=&limit=${total - 1}`)).pagination.nextCursor).toEqual(expect.any(String))
  })

  test.each([
    'page=0', 'page=-1', 'page=1.5', 'page=abc', 'page=', 'page=1000001', `page=${'9'.repeat(40)}`, 'page=1&page=2', 'limit=0', 'limit=101', 'limit=abc', 'page_size=0', 'page_size=1e1',
    'status=done', 'status=', 'state=completed', 'jobRunId=1', 'cursor=abc', 'createdAfter=yesterday', 'createdBefore=2026-13-01', 'createdAfter=2026-01-01T00:00:00', `search=${'x'.repeat(201)}`, 'status=failed&status=completed',
  ])('refuses %s, by name', async (query) => {
    const { status, body } = await server.call('GET', `${RUNS}?${query}`)
    expect({ status, code: body.code, paths: (body.details as Json[]).map(({ path }) => path as string) }).toEqual({ status: 400, code: 'invalid_request', paths: [query.split('=')[0]] })
  })
})

describe('the dashboard', () => {
  test('counts the runs of a workflow in all six words', async () => {
    const expected = { status: 200, body: { workflowId: mixed.id, total: 3, counts: { ...COUNTS, completed: 1, cancelled: 1, waiting: 1 } } }
    for (const id of [mixed.id as string, 'mixed']) {
      const { status, body } = await server.call('GET', `${RUNS}/dashboard/${id}`)
      expect({ status, body }).toEqual(expected)
    }
  })

  test('is all zeros for a workflow that never ran, and 404 for one that there is not', async () => {
    const fresh = await server.save(linear('fresh', [DONE]))
    expect((await server.call('GET', `${RUNS}/dashboard/${fresh.id}`)).body).toEqual({ workflowId: fresh.id, total: 0, counts: COUNTS })
    for (const id of [NOWHERE, 'nobody']) expect((await server.call('GET', `${RUNS}/dashboard/${id}`)).status).toBe(404)
  })
})

describe('one run', () => {
  test('answers to its id in any case, and to Port’s spelling of it', async () => {
    const { identifier } = (await server.get(made.failed!)).workflowRun
    for (const id of [made.failed!.toUpperCase(), identifier, identifier.toUpperCase()]) expect((await server.get(id)).workflowRun.id).toBe(made.failed)
  })

  test('answers 404 for an id that there is not, and for what is no id', async () => {
    for (const id of [NOWHERE, 'x', `wfr_${NOWHERE}`, 'wfr_', '../x', `${made.failed}x`])
      expect(await server.call('GET', `${RUNS}/${encodeURIComponent(id)}`)).toMatchObject({ status: 404, body: { code: 'not_found', error: expect.any(String) } })
  })

  test('has an ETag that holds until something happens to it', async () => {
    const get = (etag?: string) => server.call('GET', `${RUNS}/${made.waiting}`, undefined, etag === undefined ? {} : { 'if-none-match': etag })
    const etag = (await get()).headers.get('etag')!
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) expect(await get(known)).toMatchObject({ status: 304, body: { text: '' } })
    for (const other of ['"other"', 'garbage', '']) expect((await get(other)).status).toBe(200)
    await server.call('POST', `${RUNS}/${made.waiting}/input`, { button: 'go' })
    await server.settled(made.waiting!)
    const after = await get(etag)
    expect(after).toMatchObject({ status: 200, body: { workflowRun: { state: 'COMPLETED' } } })
    expect(after.headers.get('etag')).not.toBe(etag)
  })
})
