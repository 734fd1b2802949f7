import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { workflowVersions } from '../../db/schema.ts'
import { workflowSchema } from '../../runner/model/workflow.ts'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'

const NODES = [{ identifier: 'one', config: { type: 'TRANSFORM', value: { a: 1 } } }]
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const versionsOf = async (id: string): Promise<Json[]> => (await server.call('GET', `/api/v1/workflows/${id}/versions`)).body.versions as Json[]
const list = (query: string) => server.call('GET', `/api/v1/workflows?${query}`)

describe('saving', () => {
  test('a new workflow is version 1, with its defaults filled in and its address in Location', async () => {
    const given = linear('create_one', NODES, { title: 'Create one', envs: [{ name: 'A', value: 'x' }], settings: { locale: 'de-DE' } })
    const { status, headers, body } = await server.call('POST', '/api/v1/workflows', given)
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`/api/v1/workflows/${body.workflow.id}`)
    expect(body).toEqual({
      workflow: {
        ...given,
        type: 'USER_DEFINED',
        allowAnyoneToViewRuns: true,
        connections: [],
        id: expect.stringMatching(UUID),
        version: 1,
        createdByUserId: null,
        createdAt: expect.stringMatching(TIME),
        updatedAt: expect.stringMatching(TIME),
      },
    })
  })

  test('the identifier of another workflow is refused with 409, also as a new name of an old one', async () => {
    await server.save(linear('taken', NODES))
    const other = await server.save(linear('not_taken', NODES))
    for (const { status, body } of [
      await server.call('POST', '/api/v1/workflows', linear('taken', NODES)),
      await server.call('PATCH', `/api/v1/workflows/${other.id}`, { identifier: 'taken' }),
      await server.call('PUT', `/api/v1/workflows/${other.id}`, linear('taken', NODES)),
    ])
      expect({ status, body }).toEqual({ status: 409, body: { code: 'conflict', error: expect.stringContaining('"taken"') } })
    expect(await versionsOf(other.id)).toHaveLength(1)
  })

  test('PATCH replaces the fields it names and keeps the others', async () => {
    const { id } = await server.save(linear('patched', NODES, { title: 'Before', description: 'Kept', settings: { locale: 'de-DE', timezone: 'UTC' } }))
    const { status, body } = await server.call('PATCH', `/api/v1/workflows/${id}`, { title: 'After', settings: { locale: 'fr-FR' } })
    expect(status).toBe(200)
    expect(body.workflow).toMatchObject({ id, identifier: 'patched', version: 2, title: 'After', description: 'Kept', settings: { locale: 'fr-FR' }, nodes: NODES })
    expect(body.workflow.settings).not.toHaveProperty('timezone')
  })

  test('a name that is none here, in a template of before that was refused, keeps nobody from changing something else', async () => {
    const nodes = ['old', 'new'].map((name) => ({ identifier: name, config: { type: 'TRANSFORM', value: `{{ .${name === 'old' ? 'output' : 'outputs'}.x }}` } }))
    const { id } = await server.save(linear('of_before', NODES))
    await server.server.services.db.write(async (tx) => tx.update(workflowVersions).set({ definition: workflowSchema.parse({ identifier: 'of_before', nodes }) }).where(eq(workflowVersions.workflowId, id)))
    const patch = (change: Json) => server.call('PATCH', `/api/v1/workflows/${id}`, change)
    expect((await patch({ title: 'After' })).status).toBe(200)
    expect((await patch({ nodes: [...NODES, ...nodes] })).status).toBe(200)
    const wrong = { identifier: 'wrong', config: { type: 'TRANSFORM', value: '{{ .input.x }}' } }
    const { status, body } = await patch({ nodes: [...nodes, wrong] })
    expect({ status, faults: (body.details as Json[]).map(({ path, code }) => `${path} ${code}`) }).toEqual({ status: 422, faults: ['nodes[2].config.value unknown_variable'] })
    expect((await server.call('POST', '/api/v1/workflows', linear('copy_of_before', nodes))).status).toBe(422)
  })

  test('PUT replaces all of it', async () => {
    const { id } = await server.save(linear('replaced', NODES, { title: 'Before', description: 'Gone' }))
    const { status, body } = await server.call('PUT', '/api/v1/workflows/replaced', linear('replaced_2', NODES, { title: 'After' }))
    expect(status).toBe(200)
    expect(body.workflow).toMatchObject({ id, identifier: 'replaced_2', version: 2, title: 'After' })
    expect(body.workflow).not.toHaveProperty('description')
    expect((await server.call('GET', '/api/v1/workflows/replaced')).status).toBe(404)
  })

  test('what was got can be changed and sent back: what the server keeps is not held against it, another id is', async () => {
    await server.save(linear('sent_back', NODES, { title: 'Before' }))
    const { workflow } = (await server.call('GET', '/api/v1/workflows/sent_back')).body
    expect(await server.call('PUT', '/api/v1/workflows/sent_back', { ...workflow, title: 'After' })).toMatchObject({ status: 200, body: { workflow: { id: workflow.id, version: 2, title: 'After' } } })
    expect(await server.call('PATCH', '/api/v1/workflows/sent_back', { ...workflow, version: 77 })).toMatchObject({ status: 200, body: { workflow: { id: workflow.id, version: 3, title: 'Before' } } })
    expect((await server.call('POST', '/api/v1/workflows/validate', workflow)).body).toEqual({ valid: true, faults: [] })
    const copy = await server.call('POST', '/api/v1/workflows', { ...workflow, identifier: 'sent_as_new' })
    expect(copy).toMatchObject({ status: 201, body: { workflow: { version: 1 } } })
    expect(copy.body.workflow.id).not.toBe(workflow.id)

    const other = await server.call('PUT', '/api/v1/workflows/sent_back', { ...copy.body.workflow, updated: 1 })
    expect(other).toMatchObject({ status: 422, body: { code: 'invalid_workflow' } })
    expect((other.body.details as Json[]).map(({ path, code }) => `${path} ${code}`)).toEqual(['id contradiction', 'updated unknown_field'])
    expect(await versionsOf('sent_back')).toHaveLength(3)
  })

  test('PATCH with null takes a field away, or gives it back its default', async () => {
    const optional = { title: 'T', description: 'D', icon: 'I', category: 'C', sourceProvider: 'S', envs: [{ name: 'A', value: 'x' }], settings: { locale: 'de-DE' } }
    await server.save(linear('emptied', NODES, { ...optional, type: 'LOGIN', allowAnyoneToViewRuns: false, connections: [] }))
    const nulls = Object.fromEntries([...Object.keys(optional), 'type', 'allowAnyoneToViewRuns', 'connections'].map((name) => [name, null]))
    const { status, body } = await server.call('PATCH', '/api/v1/workflows/emptied', nulls)
    expect(status).toBe(200)
    for (const name of Object.keys(optional)) expect(body.workflow).not.toHaveProperty(name)
    expect(body.workflow).toMatchObject({ identifier: 'emptied', nodes: NODES, type: 'USER_DEFINED', allowAnyoneToViewRuns: true, connections: [] })
    const refused = await server.call('PATCH', '/api/v1/workflows/emptied', { nodes: null, titel: null })
    expect((refused.body.details as Json[]).map(({ path }) => path)).toEqual(['nodes', 'titel'])
  })

  test('two PATCHes at once both count, each as a version of its own', async () => {
    const { id } = await server.save(linear('twice', NODES))
    const answers = await Promise.all([server.call('PATCH', `/api/v1/workflows/${id}`, { title: 'T' }), server.call('PATCH', `/api/v1/workflows/${id}`, { description: 'D' })])
    expect(answers.map(({ status, body }) => `${status} ${body.workflow.version}`).sort()).toEqual(['200 2', '200 3'])
    expect((await server.call('GET', `/api/v1/workflows/${id}`)).body.workflow).toMatchObject({ version: 3, title: 'T', description: 'D' })
  })

  test('with If-Match, of two who change the same version the second is told, and loses nothing', async () => {
    const saved = await server.call('POST', '/api/v1/workflows', linear('matched', NODES))
    const seen = await server.call('GET', '/api/v1/workflows/matched')
    const first = seen.headers.get('etag')!
    expect(saved.headers.get('etag')).toBe(first)
    const as = (method: string, body: unknown, tag: string) => server.call(method, '/api/v1/workflows/matched', body, { 'if-match': tag })
    const [one, other] = await Promise.all([as('PUT', linear('matched', NODES, { title: 'One' }), first), as('PATCH', { title: 'Other' }, first)])
    const [won, lost] = one.status === 200 ? [one, other] : [other, one]
    expect(won).toMatchObject({ status: 200, body: { workflow: { version: 2 } } })
    const second = won.headers.get('etag')!
    expect(lost).toMatchObject({ status: 412, body: { code: 'precondition_failed', error: expect.stringContaining(second), details: { etag: second } } })
    // A weak tag names no version, a list names several, and * whatever is there.
    for (const [tag, status] of [[`W/${second}`, 412], ['"2"', 412], [`${first}, ${second}`, 200], ['*', 200]] as const) expect((await as('PATCH', { description: tag }, tag)).status).toBe(status)
    expect(await versionsOf(saved.body.workflow.id)).toHaveLength(4)
    expect((await as('PUT', linear('elsewhere', NODES), '*')).status).toBe(200)
    expect((await as('PUT', linear('matched', NODES), '*')).status).toBe(404)
    // One that takes over the identifier is another one.
    await server.save(linear('matched', NODES))
    expect((await as('PATCH', { title: 'x' }, first)).status).toBe(412)
  })

  test('a workflow that the caller has already is not sent again', async () => {
    await server.save(linear('known', NODES))
    const etag = (await server.call('GET', '/api/v1/workflows/known')).headers.get('etag')!
    const again = () => server.call('GET', '/api/v1/workflows/known', undefined, { 'if-none-match': etag })
    expect((await again()).status).toBe(304)
    await server.call('PATCH', '/api/v1/workflows/known', { title: 'Known' })
    expect(await again()).toMatchObject({ status: 200, body: { workflow: { title: 'Known' } } })
  })

  test('a refused change makes no version', async () => {
    const { id } = await server.save(linear('refused', NODES))
    expect((await server.call('PATCH', `/api/v1/workflows/${id}`, { nodes: [] })).status).toBe(422)
    expect((await server.call('PATCH', `/api/v1/workflows/${id}`, { titel: 'x' })).body.details).toEqual([{ path: 'titel', code: 'unknown_field', message: expect.any(String) }])
    expect(await versionsOf(id)).toHaveLength(1)
  })
})

describe('reading', () => {
  test('a workflow answers to its id, in either case, and to its identifier', async () => {
    const { id } = await server.save(linear('by:name@1-x', NODES))
    for (const name of [id, id.toUpperCase(), 'by:name@1-x', encodeURIComponent('by:name@1-x')]) {
      const { status, body } = await server.call('GET', `/api/v1/workflows/${name}`)
      expect({ status, id: body.workflow?.id }).toEqual({ status: 200, id })
    }
    expect((await server.call('GET', '/api/v1/workflows/nobody')).status).toBe(404)
  })

  test('every version stays readable, newest first in the list', async () => {
    const { id } = await server.save(linear('versions', NODES, { title: 'First' }))
    await server.call('PATCH', `/api/v1/workflows/${id}`, { title: 'Second' })
    expect(await versionsOf('versions')).toEqual([
      { version: 2, createdAt: expect.stringMatching(TIME), createdByUserId: null, isLatest: true },
      { version: 1, createdAt: expect.stringMatching(TIME), createdByUserId: null, isLatest: false },
    ])
    expect((await server.call('GET', `/api/v1/workflows/${id}?version=1`)).body.workflow).toMatchObject({ version: 1, title: 'First' })
    expect((await server.call('GET', `/api/v1/workflows/${id}?version=3`)).status).toBe(404)
    for (const version of ['0', '-1', '1.5', 'latest', '9'.repeat(30)]) expect((await server.call('GET', `/api/v1/workflows/${id}?version=${version}`)).status).toBe(400)
  })

  test('a run keeps the version it was started with', async () => {
    const { id } = await server.save(linear('kept_version', NODES))
    const run = await server.run(id)
    await server.call('PATCH', `/api/v1/workflows/${id}`, { title: 'New' })
    expect((await server.settled(run.id)).workflowRun).toMatchObject({ workflowVersion: 1, workflowName: 'kept_version' })
    expect((await server.settled((await server.run(id)).id)).workflowRun).toMatchObject({ workflowVersion: 2, workflowName: 'New' })
  })

  test('the list is newest first, in pages or by cursor, and search looks in identifier and title', async () => {
    for (const name of ['a', 'b', 'c']) await server.save(linear(`listed_${name}`, NODES, { title: name === 'b' ? 'Quite 100%_other' : `Find me ${name}` }))
    const names = ({ body }: { body: Json }): string[] => (body.workflows as Json[]).map(({ identifier }) => identifier as string)
    const all = await list('search=LISTED_')
    expect(names(all)).toEqual(['listed_c', 'listed_b', 'listed_a'])
    expect(all.body.pagination).toEqual({ page: 1, limit: 10, total: 3, totalPages: 1 })
    expect(names(await list('search=find%20me'))).toEqual(['listed_c', 'listed_a'])
    expect(names(await list(`search=${encodeURIComponent('100%_')}`))).toEqual(['listed_b'])
    expect(names(await list('search=%25'))).toEqual(['listed_b'])
    const second = await list('search=listed_&limit=2&page=2')
    expect(names(second)).toEqual(['listed_a'])
    expect(second.body.pagination).toEqual({ page: 2, limit: 2, total: 3, totalPages: 2 })
    const first = await list('search=listed_&limit=2&cursor=')
    const { nextCursor } = first.body.pagination as { nextCursor: string }
    expect(nextCursor).toMatch(UUID)
    const rest = await list(`search=listed_&limit=2&cursor=${nextCursor}`)
    expect([...names(first), ...names(rest)]).toEqual(['listed_c', 'listed_b', 'listed_a'])
    expect(rest.body.pagination).toEqual({ page: null, limit: 2, total: 3, totalPages: 2, nextCursor: null })
  })
})

describe('deleting', () => {
  test('a deleted workflow starts no run, its past runs stay readable, and its identifier is free', async () => {
    const { id } = await server.save(linear('mortal', NODES))
    const { workflowRun } = await server.settled((await server.run(id)).id)
    expect(await server.call('DELETE', '/api/v1/workflows/mortal')).toMatchObject({ status: 204 })
    for (const [method, path, body] of [
      ['GET', `/api/v1/workflows/${id}`],
      ['GET', `/api/v1/workflows/${id}/versions`],
      ['PATCH', `/api/v1/workflows/${id}`, { title: 'x' }],
      ['DELETE', `/api/v1/workflows/${id}`],
      ['POST', '/api/v1/workflow-runs', { workflowId: id }],
      ['POST', '/api/v1/workflow-runs/execute', { workflowId: 'mortal' }],
      ['POST', `/api/v1/workflow-runs/${workflowRun.id}/rerun`, {}],
    ] as const)
      expect({ path, ...(await server.call(method, path, body)) }).toMatchObject({ path, status: 404, body: { code: 'not_found' } })
    expect(await server.get(workflowRun.id)).toMatchObject({ workflowRun })
    expect((await server.call('GET', `/api/v1/workflow-runs?workflowId=${id}`)).body.workflowRuns).toHaveLength(1)
    expect((await list('search=mortal')).body.workflows).toEqual([])
    expect((await server.save(linear('mortal', NODES))).id).not.toBe(id)
  })
})
