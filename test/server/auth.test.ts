import { exportSPKI, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApiKey, revokeApiKey, type ApiKeyRow } from '../../db/api-keys.ts'
import { openDb, type Db } from '../../db/open.ts'
import { Problem } from '../../runner/model/problem.ts'
import { newApiKey } from '../../server/api-key.ts'
import { createAccessTokens } from '../../server/access-token.ts'
import { challengeOf, createAuth } from '../../server/auth.ts'
import type { Caller } from '../../server/caller.ts'
import { readConfig } from '../../server/config.ts'

const NOW = Date.UTC(2026, 0, 15, 12)
const SECRET = 'the-shared-secret-of-these-tests-0123456789'
const seconds = (offset: number): number => NOW / 1000 + offset

let dir: string
let db: Db
/** The issuer: its keys by algorithm, and what it publishes of them. */
const keys: Record<string, CryptoKey> = {}
const published: JWK[] = []
let publicPem = ''
const issuer = createServer((_request, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: published })))
let jwksUrl = ''

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'errand-auth-'))
  db = openDb(join(dir, 'errand.sqlite'))
  for (const algorithm of ['RS256', 'PS256', 'ES256', 'EdDSA', 'stranger']) {
    const { privateKey, publicKey } = await generateKeyPair(algorithm === 'stranger' ? 'RS256' : algorithm, { extractable: true })
    keys[algorithm] = privateKey
    if (algorithm !== 'stranger') published.push({ ...(await exportJWK(publicKey)), kid: algorithm, alg: algorithm })
    if (algorithm === 'RS256') publicPem = await exportSPKI(publicKey)
  }
  // A set that holds a shared secret by mistake.
  published.push({ kty: 'oct', kid: 'oct', k: Buffer.from(SECRET).toString('base64url') })
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve))
  jwksUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/keys`
})
afterAll(async () => {
  await db.close()
  issuer.close()
  rmSync(dir, { recursive: true, force: true })
})

type Settings = Record<string, string>

const SHARED: Settings = { JWT_SECRET: SECRET }
const both = (): Settings => ({ ...SHARED, JWT_JWKS_URL: jwksUrl })

/** Calls from loopback, where a call without credentials would be an admin's. */
const authenticate = (settings: Settings, authorization?: string, now = NOW): Promise<Caller> =>
  createAuth({ config: readConfig({ DATA_DIR: dir, ...settings }), db, now: () => now, accessTokens: createAccessTokens({ key: Buffer.alloc(32, 1), db, now: () => now }) }).authenticate({
    method: 'POST',
    httpVersion: '1.1',
    headers: { host: 'localhost:3000', ...(authorization === undefined ? {} : { authorization }) },
    socket: { remoteAddress: '127.0.0.1' },
  })

const refusalOf = async (work: Promise<Caller>): Promise<Pick<Problem, 'code' | 'message'>> => {
  const error: unknown = await work.then((caller) => new Error(`accepted as ${JSON.stringify(caller)}`), (thrown: unknown) => thrown)
  if (!(error instanceof Problem)) throw error
  return { code: error.code, message: error.message }
}

type Claims = JWTPayload & Record<string, unknown>
const CLAIMS: Claims = { sub: 'ann', org: 'acme', role: 'member', exp: seconds(300) }

const shared = (claims: Claims, secret = SECRET, alg = 'HS256'): Promise<string> => new SignJWT(claims).setProtectedHeader({ alg }).sign(Buffer.from(secret))
const signed = (algorithm: string, claims: Claims = CLAIMS, kid: string | null = algorithm): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: algorithm === 'stranger' ? 'RS256' : algorithm, ...(kid === null ? {} : { kid }) }).sign(keys[algorithm]!)

describe('a JWT', () => {
  const callers: [name: string, claims: Claims, caller: Partial<Caller>][] = [
    ['says who calls, for which org, in which role', {}, { kind: 'user', org: 'acme', userId: 'ann', role: 'member', isMachine: false }],
    ['without a role may read', { role: undefined }, { role: 'viewer' }],
    ['of a machine is a member', { role: undefined, isMachine: true }, { role: 'member', isMachine: true }],
    ['may be of an admin', { role: 'admin' }, { role: 'admin' }],
    ['that ran out three seconds ago still counts: clocks differ', { exp: seconds(-3) }, { userId: 'ann' }],
    ['that begins in three seconds counts already', { nbf: seconds(3) }, { userId: 'ann' }],
  ]
  test.each(callers)('%s', async (_name, claims, caller) => {
    expect(await authenticate(SHARED, `Bearer ${await shared({ ...CLAIMS, ...claims })}`)).toMatchObject(caller)
  })

  test.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('may be signed with %s by a key of the set', async (algorithm) => {
    expect(await authenticate(both(), `Bearer ${await signed(algorithm)}`)).toMatchObject({ userId: 'ann', org: 'acme' })
  })

  test('with the issuer and the audience that are set is accepted', async () => {
    const settings = { ...SHARED, JWT_ISSUER: 'https://id.acme.test', JWT_AUDIENCE: 'errand' }
    const token = await shared({ ...CLAIMS, iss: 'https://id.acme.test', aud: ['other', 'errand'] })
    expect(await authenticate(settings, `bearer  ${token} `)).toMatchObject({ userId: 'ann' })
  })

  const badClaims: [name: string, claims: Claims, says: string][] = [
    ['that has run out', { exp: seconds(-6) }, 'The JWT has expired.'],
    ['that never runs out', { exp: undefined }, `The JWT's claim "exp" is missing or not accepted.`],
    ['that begins later', { nbf: seconds(6) }, `The JWT's claim "nbf" is missing or not accepted.`],
    ['of nobody', { sub: undefined }, `The JWT's claim "sub" is missing or not accepted.`],
    ['of nobody by name', { sub: '' }, `The JWT's claim "sub" is missing or not accepted.`],
    ['of no org', { org: undefined }, `The JWT's claim "org" is missing or not accepted.`],
    ['with a role that does not exist', { role: 'root' }, `The JWT's claim "role" is missing or not accepted.`],
    ['that is a machine in words', { isMachine: 'true' }, `The JWT's claim "isMachine" is missing or not accepted.`],
    ['of another issuer', { iss: 'https://id.evil.test' }, `The JWT's claim "iss" is missing or not accepted.`],
    ['of no issuer', { iss: undefined }, `The JWT's claim "iss" is missing or not accepted.`],
    ['for another service', { aud: 'payroll' }, `The JWT's claim "aud" is missing or not accepted.`],
  ]
  test.each(badClaims)('%s is refused', async (_name, claims, says) => {
    const settings = { ...SHARED, JWT_ISSUER: 'https://id.acme.test', JWT_AUDIENCE: 'errand' }
    const token = await shared({ ...CLAIMS, iss: 'https://id.acme.test', aud: 'errand', ...claims })
    expect(await refusalOf(authenticate(settings, `Bearer ${token}`))).toEqual({ code: 'not_authenticated', message: says })
  })

  const forged: [name: string, settings: () => Settings, token: () => Promise<string>][] = [
    ['signed with another secret', both, () => shared(CLAIMS, 'another-secret-of-the-same-length-0123456')],
    ['not signed at all', both, async () => new UnsecuredJWT(CLAIMS).encode()],
    ['signed with the public key as if it were a shared secret', both, () => shared(CLAIMS, publicPem)],
    ['signed so, where only public keys count', () => ({ JWT_JWKS_URL: jwksUrl }), () => shared(CLAIMS, publicPem)],
    ['signed with a shared secret that the key set holds', () => ({ JWT_JWKS_URL: jwksUrl }), () => shared(CLAIMS)],
    ['signed with the secret in another way', both, () => shared(CLAIMS, SECRET.repeat(2), 'HS512')],
    ['signed with a key that the set does not hold', both, () => signed('stranger')],
    ['signed with such a key under the name of one that it holds', both, () => signed('stranger', CLAIMS, 'RS256')],
    ['signed with a private key, where only the secret counts', () => SHARED, () => signed('RS256')],
    ['where none is accepted', () => ({}), () => shared(CLAIMS)],
    ['changed after it was signed', both, async () => {
      const [head, , signature] = (await shared(CLAIMS)).split('.')
      return `${head}.${Buffer.from(JSON.stringify({ ...CLAIMS, role: 'admin' })).toString('base64url')}.${signature}`
    }],
    ['without its signature', both, async () => (await shared(CLAIMS)).replace(/[^.]*$/, '')],
    ['that is none', both, async () => 'correct-horse-battery-staple'],
    ['whose parts are none', both, async () => 'a.b.c'],
  ]
  test.each(forged)('%s is refused', async (_name, settings, token) => {
    expect(await refusalOf(authenticate(settings(), `Bearer ${await token()}`))).toMatchObject({ code: 'not_authenticated' })
  })

  test('cannot be judged while the issuer does not answer, which is not its bearer\'s fault', async () => {
    const token = await signed('RS256')
    // Port 1 answers nobody.
    expect(await refusalOf(authenticate({ JWT_JWKS_URL: 'http://127.0.0.1:1/keys' }, `Bearer ${token}`))).toMatchObject({ code: 'unavailable' })
  })
})

describe('an API key', () => {
  let count = 0
  const makeKey = async (over: Partial<ApiKeyRow> = {}): Promise<{ id: string; key: string }> => {
    const { key, hash } = newApiKey()
    const id = `key-${++count}`
    await createApiKey(db, { id, org: 'acme', name: null, role: 'member', isMachine: false, hash, createdAt: NOW, expiresAt: null, ...over })
    return { id, key }
  }

  test('stands for its org and role', async () => {
    const { id, key } = await makeKey({ role: 'admin', isMachine: true })
    expect(key).toMatch(/^er_[\w-]{43}$/)
    expect(await authenticate({}, `Bearer ${key}`)).toEqual({ kind: 'key', org: 'acme', userId: id, role: 'admin', isMachine: true })
  })

  test('is nowhere in the store', async () => {
    const { key } = await makeKey()
    const files = readdirSync(dir).map((name) => readFileSync(join(dir, name)))
    expect(files.length).toBeGreaterThan(0)
    expect(files.some((bytes) => bytes.includes(key.slice(3)))).toBe(false)
  })

  const unknown = { code: 'not_authenticated', message: 'The API key is unknown, revoked or has expired.' }

  test('counts until it expires', async () => {
    const { key } = await makeKey({ expiresAt: NOW + 1000 })
    expect(await authenticate({}, `Bearer ${key}`, NOW + 999)).toMatchObject({ kind: 'key' })
    expect(await refusalOf(authenticate({}, `Bearer ${key}`, NOW + 1000))).toEqual(unknown)
  })

  test('counts until it is revoked', async () => {
    const { id, key } = await makeKey()
    await revokeApiKey(db, 'acme', id, NOW)
    expect(await refusalOf(authenticate({}, `Bearer ${key}`))).toEqual(unknown)
  })

  test('that nobody made is refused', async () => {
    expect(await refusalOf(authenticate({}, `Bearer ${newApiKey().key}`))).toEqual(unknown)
  })
})

describe('credentials that are no good', () => {
  test('are needed for nothing on this machine', async () => {
    expect(await authenticate({})).toMatchObject({ kind: 'internal', role: 'admin' })
  })

  test.each(['', 'Bearer', 'Bearer ', 'Bearer a b', 'Bearer a,b', 'Basic dXNlcjpwYXNz', 'Bearer er_', 'Bearer not-a-token'])(
    'are not made good by where the call comes from: "%s"',
    async (authorization) => {
      expect(await refusalOf(authenticate(both(), authorization))).toMatchObject({ code: 'not_authenticated' })
    },
  )

  test('are told from missing ones in WWW-Authenticate', () => {
    expect(challengeOf({ headers: {} })).toBe('Bearer')
    expect(challengeOf({ headers: { authorization: 'Bearer nonsense' } })).toBe('Bearer error="invalid_token"')
  })
})
