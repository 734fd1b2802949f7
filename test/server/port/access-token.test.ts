import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApiKey, revokeApiKey } from '../../../db/api-keys.ts'
import { createAccessTokens } from '../../../server/access-token.ts'
import { newApiKey } from '../../../server/api-key.ts'
import { startTestServer, type TestServer } from '../../harness.ts'

let server: TestServer
beforeAll(async () => {
  // Nobody is trusted for where they call from: only the token counts.
  server = await startTestServer({ TRUSTED_NETWORKS: '' })
})
afterAll(() => server[Symbol.asyncDispose]())

const newKey = async (expiresInMs: number | null = null): Promise<{ id: string; key: string }> => {
  const { db, clock } = server.server.services
  const { key, hash } = newApiKey()
  const id = clock.newId()
  await createApiKey(db, { id, org: 'acme', name: null, role: 'member', isMachine: true, hash, createdAt: clock.now(), expiresAt: expiresInMs === null ? null : clock.now() + expiresInMs })
  return { id, key }
}
const exchange = (clientId: string, clientSecret: string) => server.call('POST', '/v1/auth/access_token', { clientId, clientSecret })
const use = async (token: string): Promise<number> => (await server.call('GET', '/v1/workflows', undefined, { authorization: `Bearer ${token}` })).status

test('an API key is exchanged for a token that calls as the key does', async () => {
  const { id, key } = await newKey()
  const { status, body } = await exchange(id, key)
  expect({ status, body }).toEqual({ status: 200, body: { ok: true, accessToken: expect.any(String), expiresIn: 3600, tokenType: 'Bearer' } })
  expect(await server.server.services.accessTokens.callerOf(body.accessToken as string)).toEqual({ kind: 'key', org: 'acme', userId: id, role: 'member', isMachine: true })
  expect(await use(body.accessToken as string)).toBe(200)
  expect(body.accessToken).not.toContain(key)
})

describe('no token is given', () => {
  test('for a wrong secret, a wrong id, or a revoked key', async () => {
    const { id, key } = await newKey()
    const other = await newKey()
    for (const [clientId, secret] of [[id, 'er_wrong'], [id, other.key], [other.id, key], ['nobody', key]] as const) {
      const { status, body } = await exchange(clientId, secret)
      expect({ status, ok: body.ok, error: body.error }).toEqual({ status: 401, ok: false, error: 'not_authenticated' })
    }
    await revokeApiKey(server.server.services.db, 'acme', id, Date.now())
    expect((await exchange(id, key)).status).toBe(401)
    expect((await server.call('POST', '/v1/auth/access_token', { clientId: id })).status).toBe(400)
  })
})

test('guessing is bounded: after too many wrong secrets from an address no more are looked at, not even right ones', async () => {
  await using guessed = await startTestServer({ TRUSTED_NETWORKS: '' })
  const { db, clock } = guessed.server.services
  const { key, hash } = newApiKey()
  const id = clock.newId()
  await createApiKey(db, { id, org: 'acme', name: null, role: 'member', isMachine: true, hash, createdAt: clock.now(), expiresAt: null })
  const tryWith = (clientSecret: string) => guessed.call('POST', '/v1/auth/access_token', { clientId: id, clientSecret })
  const statuses = await Promise.all(Array.from({ length: 60 }, (_, index) => tryWith(`er_${index}`).then(({ status }) => status)))
  expect(new Set(statuses)).toEqual(new Set([401]))
  const refused = await tryWith(key)
  expect(refused).toMatchObject({ status: 429, body: { ok: false, error: 'rate_limited' } })
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  // The same limit as that of every other way to bring credentials.
  expect((await guessed.call('GET', '/v1/workflows', undefined, { authorization: `Bearer ${key}` })).status).toBe(429)
})

describe('a token ends', () => {
  test('when its key is revoked', async () => {
    const { id, key } = await newKey()
    const token = (await exchange(id, key)).body.accessToken as string
    expect(await use(token)).toBe(200)
    await revokeApiKey(server.server.services.db, 'acme', id, Date.now())
    expect(await use(token)).toBe(401)
  })

  test('after an hour', async () => {
    const { id, key } = await newKey()
    const token = (await exchange(id, key)).body.accessToken as string
    const { db } = server.server.services
    let now = Date.now()
    const later = createAccessTokens({ key: Buffer.alloc(32), db, now: () => now })
    const { accessToken } = await later.issue({ id } as Parameters<typeof later.issue>[0])
    expect((await later.callerOf(accessToken)).userId).toBe(id)
    now += 3_600_001
    await expect(later.callerOf(accessToken)).rejects.toMatchObject({ code: 'not_authenticated', message: 'The access token has expired.' })
    // Signed by another server's key: not this one's.
    await expect(later.callerOf(token)).rejects.toMatchObject({ code: 'not_authenticated', message: 'The access token is not valid.' })
  })
})

test('a token that only says it is one is not', async () => {
  const { id } = await newKey()
  const forged = await new SignJWT().setProtectedHeader({ alg: 'HS256', kid: 'errand-access-token' }).setSubject(id).setExpirationTime('1h').sign(new Uint8Array(32))
  expect(await use(forged)).toBe(401)
  expect(await use(`${forged.split('.').slice(0, 2).join('.')}.`)).toBe(401)
})
