import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { as, CALLERS } from './callers.ts'

const RUNS = '/api/v1/workflow-runs'
const ASK = { identifier: 'ask', config: { type: 'USER_INPUT', title: '?' } }
type Caller = Awaited<ReturnType<typeof as>>

let server: TestServer
/** Of org acme: who made the run, another member, and those who see everything. */
let anna: Caller, ben: Caller, vera: Caller, ada: Caller, robot: Caller
/** Of another org: an admin, who may do anything there. */
let eve: Caller

beforeAll(async () => {
  server = await startTestServer(CALLERS)
  anna = await as(server, { sub: 'anna' })
  ben = await as(server, { sub: 'ben' })
  vera = await as(server, { sub: 'vera', role: 'viewer' })
  ada = await as(server, { sub: 'ada', role: 'admin' })
  robot = await as(server, { sub: 'robot', isMachine: true })
  eve = await as(server, { sub: 'eve', org: 'elsewhere', role: 'admin' })
  await anna.call('POST', '/api/v1/workflows', linear('shared', [ASK]))
  await anna.call('POST', '/api/v1/workflows', linear('hidden', [ASK], { allowAnyoneToViewRuns: false }))
})
afterAll(() => server[Symbol.asyncDispose]())

/** A paused run of Anna's that was given a file: its id, and those of its form and artifact. */
const paused = async (workflowId: string) => {
  const form = new FormData()
  form.append('workflowId', workflowId)
  form.append('inputs[doc]', new Blob(['x']), 'doc.txt')
  const response = await fetch(server.url + RUNS, { method: 'POST', body: form, headers: { authorization: anna.authorization } })
  const { id } = (await response.json()) as { id: string }
  for await (const _page of server.server.services.log.follow(id, 0, new AbortController().signal)) {
    const { workflowRun } = (await anna.call('GET', `${RUNS}/${id}`)).body
    if (workflowRun.awaiting !== null) {
      const { artifacts } = (await anna.call('GET', `/api/v1/artifacts?workflowRunId=${id}`)).body
      return { id, formId: workflowRun.awaiting.formId as string, artifactId: artifacts[0].id as string, workflowId: workflowRun.workflowId as string }
    }
  }
  throw new Error('The server stopped.')
}
type Paused = Awaited<ReturnType<typeof paused>>

/** Every call that names a run, or something of it. */
const ofRun = ({ id, formId, artifactId }: Paused): [method: string, path: string, body?: Json][] => [
  ['GET', `${RUNS}/${id}`],
  ['GET', `${RUNS}/wfr_${id.replaceAll('-', '')}`],
  ['GET', `${RUNS}/${id}/stream`],
  ['GET', `/api/v1/user-forms/${formId}`],
  ['GET', `/api/v1/artifacts/${artifactId}`],
  ['GET', `/api/v1/artifacts/${artifactId}/content`],
  ['POST', `${RUNS}/${id}/cancel`, {}],
  ['POST', `${RUNS}/${id}/rerun`, {}],
  ['POST', `${RUNS}/${id}/input`, {}],
  ['POST', `/api/v1/user-forms/${formId}/submit`, {}],
]
/** Every call that names a workflow. */
const ofWorkflow = (name: string): [method: string, path: string, body?: Json][] => [
  ['GET', `/api/v1/workflows/${name}`],
  ['GET', `/api/v1/workflows/${name}/versions`],
  ['PATCH', `/api/v1/workflows/${name}`, { title: 'Mine now' }],
  ['PUT', `/api/v1/workflows/${name}`, linear('mine', [ASK])],
  ['DELETE', `/api/v1/workflows/${name}`],
  ['GET', `${RUNS}/dashboard/${name}`],
  ['POST', RUNS, { workflowId: name }],
  ['POST', `${RUNS}/execute`, { workflowId: name }],
  ['POST', `${RUNS}/execute/stream`, { workflowId: name }],
  ['POST', `${RUNS}/cancel`, { workflowId: name }],
]
const LISTS = [`${RUNS}?`, '/api/v1/workflows?', '/api/v1/user-forms?', '/api/v1/artifacts?']
/** How much of a run the lists show. */
const listed = async (caller: Caller, { id, workflowId }: Paused): Promise<number[]> => {
  const counts = []
  for (const path of [`${RUNS}?workflowId=${workflowId}`, `${RUNS}?createdAfter=2020-01-01`, `/api/v1/user-forms?workflowRunId=${id}`, `/api/v1/artifacts?workflowRunId=${id}`]) {
    const { body } = await caller.call('GET', path)
    const rows = (body.workflowRuns ?? body.userForms ?? body.artifacts) as Json[]
    counts.push(rows.filter((row) => row.id === id || row.runId === id || row.workflowRunId === id).length)
    expect(rows.length).toBeLessThanOrEqual(body.pagination.total as number)
  }
  return counts
}

describe('another org', () => {
  test('finds nothing of ours, by whatever way: 404 everywhere, and nothing happens', async () => {
    const run = await paused('shared')
    const before = await anna.call('GET', `${RUNS}/${run.id}`)
    for (const [method, path, body] of [...ofRun(run), ...ofWorkflow(run.workflowId), ...ofWorkflow('shared')]) {
      const { status, body: answer } = await eve.call(method, path, body)
      expect({ method, path, status, code: answer.code }).toEqual({ method, path, status: 404, code: 'not_found' })
    }
    expect((await eve.call('POST', `${RUNS}/cancel`, { runIds: [run.id] })).body.outcomes).toEqual([{ runId: run.id, status: 'not_found' }])
    expect(await listed(eve, run)).toEqual([0, 0, 0, 0])
    const after = await anna.call('GET', `${RUNS}/${run.id}`)
    expect(after.headers.get('etag')).toBe(before.headers.get('etag'))
    expect((await anna.call('GET', '/api/v1/workflows/shared')).body.workflow).toMatchObject({ version: 1 })
  })

  test('sees empty lists, and may use our identifiers for its own', async () => {
    for (const path of LISTS) expect((await eve.call('GET', path)).body.pagination).toMatchObject({ total: 0 })
    expect((await eve.call('POST', '/api/v1/workflows', linear('shared', [ASK]))).status).toBe(201)
    expect((await anna.call('GET', '/api/v1/workflows?search=shared')).body.workflows).toHaveLength(1)
  })

  test('is not told from what does not exist', async () => {
    const { id } = await paused('shared')
    const nowhere = '0197d0d0-0000-7000-8000-000000000000'
    const [ours, none] = [await eve.call('GET', `${RUNS}/${id}`), await eve.call('GET', `${RUNS}/${nowhere}`)]
    expect(JSON.stringify(ours.body).replace(id, '')).toBe(JSON.stringify(none.body).replace(nowhere, ''))
  })
})

describe('runs of a workflow that hides them', () => {
  test('are there for who made them, admins and machines', async () => {
    const run = await paused('hidden')
    for (const caller of [anna, ada, robot]) {
      for (const [method, path] of ofRun(run).filter(([each, name]) => each === 'GET' && !name.endsWith('/stream'))) expect({ path, status: (await caller.call(method, path)).status }).toEqual({ path, status: 200 })
      expect(await listed(caller, run)).toEqual([1, 1, 1, 1])
    }
    expect((await anna.call('GET', `${RUNS}/dashboard/hidden`)).body).toMatchObject({ total: expect.any(Number), counts: { waiting: expect.any(Number) } })
  })

  test('are not there for others of the org: 404 on each, left out of lists and counts', async () => {
    const run = await paused('hidden')
    for (const caller of [ben, vera]) {
      for (const [method, path, body] of ofRun(run)) {
        if (caller === vera && method === 'POST') continue
        expect({ method, path, status: (await caller.call(method, path, body)).status }).toEqual({ method, path, status: 404 })
      }
      expect(await listed(caller, run)).toEqual([0, 0, 0, 0])
      expect((await caller.call('GET', `${RUNS}/dashboard/hidden`)).body).toMatchObject({ total: 0, counts: { waiting: 0 } })
    }
    expect((await ben.call('POST', `${RUNS}/cancel`, { runIds: [run.id] })).body.outcomes).toEqual([{ runId: run.id, status: 'not_found' }])
    expect((await ben.call('POST', `${RUNS}/cancel`, { workflowId: 'hidden' })).body.outcomes).toEqual([])
    expect((await anna.call('GET', `${RUNS}/${run.id}`)).body.workflowRun.state).toBe('AWAITING_USER_INPUT')
  })

  test('are counted for those alone who see them, also where the counts are kept', async () => {
    const totals = async (caller: Caller) => ({
      listed: (await caller.call('GET', `${RUNS}?limit=1`)).body.pagination.total,
      counted: (await caller.call('GET', `${RUNS}?limit=1&createdAfter=2020-01-01T00:00:00Z`)).body.pagination.total,
      waiting: (await caller.call('GET', `${RUNS}?limit=1&status=waiting`)).body.pagination.total,
      ofHidden: (await caller.call('GET', `${RUNS}?limit=1&workflowId=hidden`)).body.pagination.total,
      dashboard: (await caller.call('GET', `${RUNS}/dashboard`)).body.total,
    })
    const before = { anna: await totals(anna), ben: await totals(ben), ada: await totals(ada) }
    for (const workflowId of ['hidden', 'shared']) await paused(workflowId)
    const more = (of: Awaited<ReturnType<typeof totals>>, seen: number, hidden: number) => ({ listed: of.listed + seen, counted: of.counted + seen, waiting: of.waiting + seen, ofHidden: of.ofHidden + hidden, dashboard: of.dashboard + seen })
    expect(await totals(anna)).toEqual(more(before.anna, 2, 1))
    expect(await totals(ben)).toEqual(more(before.ben, 1, 0))
    expect(await totals(ada)).toEqual(more(before.ada, 2, 1))
    for (const total of Object.values(before)) expect([total.counted, total.dashboard]).toEqual([total.listed, total.listed])
  })

  test('stay hidden after the workflow is deleted', async () => {
    await anna.call('POST', '/api/v1/workflows', linear('hidden_and_gone', [ASK], { allowAnyoneToViewRuns: false }))
    const run = await paused('hidden_and_gone')
    expect((await ada.call('DELETE', '/api/v1/workflows/hidden_and_gone')).status).toBe(204)
    expect((await ben.call('GET', `${RUNS}/${run.id}`)).status).toBe(404)
    expect((await anna.call('GET', `${RUNS}/${run.id}`)).status).toBe(200)
  })
})

describe('roles', () => {
  test('a viewer reads and changes nothing', async () => {
    const run = await paused('shared')
    const calls: [string, string, Json?][] = [...ofRun(run), ...ofWorkflow('shared'), ['POST', '/api/v1/workflows', linear('new', [ASK])], ['POST', `${RUNS}/cancel`, { runIds: [run.id] }]]
    for (const [method, path, body] of calls) {
      if (path.endsWith('/stream') && method === 'GET') continue
      const { status } = await vera.call(method, path, body)
      expect({ method, path, status }).toEqual({ method, path, status: method === 'GET' ? 200 : 403 })
    }
    expect((await vera.call('POST', '/api/v1/workflows/validate', linear('new', [ASK]))).status).toBe(200)
  })

  test('a member deletes no workflow; a run says who made it', async () => {
    expect((await ben.call('DELETE', '/api/v1/workflows/shared')).status).toBe(403)
    expect((await ben.call('POST', RUNS, { workflowId: 'shared' })).body.createdByUserId).toBe('ben')
    expect((await anna.call('GET', '/api/v1/workflows/shared')).body.workflow.createdByUserId).toBe('anna')
  })
})
