import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../harness.ts'
import { as, CALLERS } from './callers.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer(CALLERS)
})
afterAll(() => server[Symbol.asyncDispose]())

const asKey = (key: string) => (path: string) => server.call('GET', path, undefined, { authorization: `Bearer ${key}` })

test('a key is shown once, lets its holder in until it is revoked, and is never told again', async () => {
  const admin = await as(server, { sub: 'ada', role: 'admin' })
  const made = await admin.call('POST', '/api/v1/api-keys', { name: ' crm ', role: 'member', expiresAt: '2999-01-01T00:00:00Z' })
  expect(made.status).toBe(201)
  expect(made.body.apiKey).toMatchObject({ name: 'crm', role: 'member', isMachine: false, expiresAt: '2999-01-01T00:00:00.000Z', revokedAt: null })
  const call = asKey(made.body.key)
  expect((await call('/api/v1/workflows')).status).toBe(200)
  const listed = await admin.call('GET', '/api/v1/api-keys')
  expect(listed.body.apiKeys).toEqual([made.body.apiKey])
  expect(JSON.stringify(listed.body)).not.toContain(made.body.key)

  expect((await admin.call('DELETE', `/api/v1/api-keys/${made.body.apiKey.id}`)).status).toBe(204)
  expect((await call('/api/v1/workflows')).status).toBe(401)
  expect((await admin.call('GET', '/api/v1/api-keys')).body.apiKeys[0].revokedAt).not.toBeNull()
})

test('keys are for admins, and for those of the same org', async () => {
  const admin = await as(server, { sub: 'ada', role: 'admin' })
  const stranger = await as(server, { sub: 'eve', role: 'admin', org: 'other' })
  const member = await as(server, { sub: 'max', role: 'member' })
  const { apiKey } = (await admin.call('POST', '/api/v1/api-keys', { role: 'viewer' })).body
  expect((await stranger.call('GET', '/api/v1/api-keys')).body.apiKeys).toEqual([])
  expect((await stranger.call('DELETE', `/api/v1/api-keys/${apiKey.id}`)).status).toBe(404)
  for (const [method, path, body] of [['GET', '/api/v1/api-keys'], ['POST', '/api/v1/api-keys', { role: 'viewer' }], ['DELETE', `/api/v1/api-keys/${apiKey.id}`]] as const)
    expect((await member.call(method, path, body)).status).toBe(403)
})

test.each([
  [{ role: 'king' }, 'role'],
  [{ role: 'viewer', isMachine: true }, 'role'],
  [{ role: 'viewer', name: 'a\nb' }, 'name'],
  [{ role: 'viewer', expiresAt: '2001-01-01T00:00:00Z' }, 'expiresAt'],
])('a key of %j is refused', async (body, path) => {
  const admin = await as(server, { sub: 'ada', role: 'admin' })
  const refused = await admin.call('POST', '/api/v1/api-keys', body)
  expect(refused.status).toBe(400)
  expect(refused.body.details).toEqual([expect.objectContaining({ path })])
})
