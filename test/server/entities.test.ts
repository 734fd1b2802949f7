import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../harness.ts'

/** Entities through Port's routes, and through runs. */

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

let blueprint = ''
let count = 0
beforeEach(() => {
  blueprint = `thing_${++count}`
})
const path = (identifier?: string) => `/v1/blueprints/${blueprint}/entities${identifier === undefined ? '' : `/${encodeURIComponent(identifier)}`}`
const post = (body: unknown, query = '') => server.call('POST', `${path()}${query}`, body)

test('an entity is created, read, changed, replaced and deleted in Port’s shapes', async () => {
  const created = await post({ identifier: 'a', title: 'A', team: 'red', properties: { x: 1, y: 2 }, relations: { to: 'b' } })
  expect(created.status).toBe(201)
  expect(created.body).toEqual({
    ok: true,
    entity: { identifier: 'a', title: 'A', icon: null, blueprint, team: ['red'], properties: { x: 1, y: 2 }, relations: { to: 'b' }, createdAt: expect.any(String), createdBy: null, updatedAt: expect.any(String) },
  })
  expect((await server.call('GET', path('a'))).body).toEqual(created.body)
  expect((await server.call('PATCH', path('a'), { properties: { y: 3 } })).body).toMatchObject({ ok: true, entity: { title: 'A', properties: { x: 1, y: 3 } } })
  expect((await server.call('PUT', path('a'), { properties: { z: 1 } })).body).toMatchObject({ ok: true, entity: { title: null, properties: { z: 1 }, relations: {} } })
  expect((await server.call('PUT', path('a'), { properties: { z: 1 } })).body.entity.properties).toEqual({ z: 1 })
  expect((await server.call('DELETE', path('a'))).body).toEqual({ ok: true })
  expect(await server.call('GET', path('a'))).toMatchObject({ status: 404, body: { ok: false, error: 'not_found' } })
})

test('creating what is there is a conflict, unless it may be replaced or merged', async () => {
  await post({ identifier: 'a', title: 'A', properties: { x: 1 } })
  expect(await post({ identifier: 'a', properties: { y: 1 } })).toMatchObject({ status: 409, body: { ok: false, error: 'conflict' } })
  expect((await post({ identifier: 'a', properties: { y: 1 } }, '?upsert=true&merge=true')).body.entity).toMatchObject({ title: 'A', properties: { x: 1, y: 1 } })
  expect((await post({ identifier: 'a', properties: { z: 1 } }, '?upsert=true')).body.entity).toMatchObject({ title: null, properties: { z: 1 } })
})

test.each(['PATCH', 'PUT', 'DELETE'])('%s of what is not there is 404', async (method) => {
  expect((await server.call(method, path('none'), method === 'DELETE' ? undefined : { title: 'x' })).status).toBe(404)
})

test('an entity without an identifier gets one; any name can be addressed', async () => {
  const { body } = await post({ title: 'x' })
  expect((await server.call('GET', path(body.entity.identifier))).status).toBe(200)
  const name = 'Zoë Müller/50% & more?'
  await post({ identifier: name })
  expect((await server.call('GET', path(name))).body.entity.identifier).toBe(name)
})

test('a list comes by identifier, a page at a time', async () => {
  for (const identifier of ['b', 'c', 'a']) await post({ identifier })
  const { body } = await server.call('GET', `${path()}?limit=2`)
  expect(body.entities.map(({ identifier }: { identifier: string }) => identifier)).toEqual(['a', 'b'])
  expect(body).toMatchObject({ ok: true, pagination: { page: 1, limit: 2, total: 3, totalPages: 2 } })
  expect((await server.call('GET', `${path()}?limit=2&page=2`)).body.entities).toMatchObject([{ identifier: 'c' }])
})

test.each([
  ['POST', '', { identifier: 'a', colour: 'red' }, 'colour'],
  ['POST', '', { identifier: '' }, 'identifier'],
  ['POST', '?upsert=maybe', { identifier: 'a' }, 'upsert'],
  ['PATCH', '/a', { identifier: 'b' }, 'identifier'],
  ['PUT', '/a', { properties: [] }, 'properties'],
])('%s%s %j is refused and names the field', async (method, rest, body, field) => {
  const answer = await server.call(method, path() + rest, body)
  expect(answer).toMatchObject({ status: 400, body: { ok: false } })
  expect(answer.body.details).toEqual([expect.objectContaining({ path: field })])
})

test('a run keeps entities and tells what is new; its secrets do not get there', async () => {
  const { id } = await server.save({
    identifier: `keep_${blueprint}`,
    nodes: [
      { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { pin: { type: 'string', format: 'password' } } } } },
      {
        identifier: 'each',
        config: {
          type: 'FOR_EACH',
          items: ['a', 'b', 'a'],
          nodes: [{ identifier: 'keep', config: { type: 'UPSERT_ENTITY', blueprintIdentifier: blueprint, mapping: { identifier: '{{ .item }}', properties: { at: '{{ .index }}', pin: '{{ .inputs.pin }}' } } } }],
        },
      },
    ],
  })
  const run = await server.run(id, { pin: 'hunter2-hunter2' })
  const { workflowRun } = await server.settled(run.id)
  expect(workflowRun.error).toBeNull()
  const rounds = (workflowRun.outputs.each as { items: { keep: { created: boolean; changed: boolean } }[] }).items
  expect(rounds.map(({ keep: { created, changed } }) => [created, changed])).toEqual([[true, true], [true, true], [false, true]])
  const stored = await server.call('GET', path())
  expect(stored.body.entities).toMatchObject([{ identifier: 'a', properties: { at: 2, pin: '[redacted]' } }, { identifier: 'b', properties: { at: 1 } }])
})
