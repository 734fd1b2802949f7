import express from 'express'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { problem, toProblem } from '../../runner/model/problem.ts'
import type { Caller } from '../../server/caller.ts'
import { readConfig } from '../../server/config.ts'
import { createFailureLimit, createRateLimit, type FailureLimit, type RateLimit } from '../../server/rate-limit.ts'

const ann: Caller = { kind: 'user', org: 'acme', userId: 'ann', role: 'member', isMachine: false }

/** A server that asks who calls and counts it, as the real one does; who calls is what the call says. */
let limit: RateLimit
let failureLimit: FailureLimit
let asked: string[]
let server: Server

const authenticate = async (authorization: string | undefined): Promise<Caller> => {
  asked.push(authorization ?? 'nothing')
  if (authorization === undefined) return { kind: 'internal', org: 'default', userId: null, role: 'admin', isMachine: false }
  if (authorization === 'forbidden') throw problem('not_allowed', 'Not allowed.')
  if (authorization === 'wrong') throw problem('not_authenticated', 'Not accepted.')
  return { ...ann, ...(JSON.parse(authorization) as Partial<Caller>) }
}

beforeEach(async () => {
  // The window is the library's own and goes by the clock; timers stay real, so that sockets work.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 15) })
  asked = []
  limit = createRateLimit({ RATE_LIMIT_PER_MINUTE: 3 })
  failureLimit = createFailureLimit(readConfig({ TRUST_PROXY: 'loopback' }), 3)
  const app = express()
  app.use(async (request, response) => {
    const caller = await failureLimit(request, response, () => authenticate(request.headers.authorization))
    await limit(request, response, caller)
    response.json({ ok: true })
  })
  app.use((error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    const { code, message, details } = toProblem(error)
    response.status(code === 'rate_limited' ? 429 : code === 'not_authenticated' ? 401 : 403).json({ error: message, code, details })
  })
  server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
})
afterEach(() => {
  vi.useRealTimers()
  server.closeAllConnections()
  server.close()
})

const call = (authorization?: string, from?: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {
    headers: { ...(authorization === undefined ? {} : { authorization }), ...(from === undefined ? {} : { 'x-forwarded-for': from }) },
  })
const as = (caller: Partial<Caller>): Promise<Response> => call(JSON.stringify(caller))
const statuses = async (calls: (() => Promise<Response>)[]): Promise<number[]> => {
  const found: number[] = []
  for (const next of calls) found.push((await next()).status)
  return found
}
const times = (count: number, next: () => Promise<Response>) => Array.from({ length: count }, () => next)

describe('calls of one caller', () => {
  test('tell in RateLimit-* how many are left', async () => {
    await as({})
    const { status, headers } = await as({})
    expect(status).toBe(200)
    expect(Object.fromEntries([...headers].filter(([name]) => name.startsWith('ratelimit')))).toEqual({
      'ratelimit-limit': '3',
      'ratelimit-policy': '3;w=60',
      'ratelimit-remaining': '1',
      'ratelimit-reset': '60',
    })
  })

  test('are refused past the limit, with the time to wait, until the minute is over', async () => {
    expect(await statuses(times(3, () => as({})))).toEqual([200, 200, 200])
    vi.setSystemTime(Date.now() + 15_000)
    const refused = await as({})
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('45')
    expect(await refused.json()).toEqual({ error: 'More than 3 calls in a minute.', code: 'rate_limited', details: { retryAfterMs: 45_000 } })
    vi.setSystemTime(Date.now() + 45_000)
    expect((await as({})).status).toBe(200)
  })

  const others: [name: string, caller: Partial<Caller>][] = [
    ['another user', { userId: 'bob' }],
    ['a user of that name in another org', { org: 'other' }],
    ['a key of that name', { kind: 'key' }],
  ]
  test.each(others)('do not count for %s', async (_name, other) => {
    expect(await statuses(times(4, () => as({})))).toEqual([200, 200, 200, 429])
    expect((await as(other)).status).toBe(200)
  })

  test('are not told apart by where they come from', async () => {
    expect(await statuses(['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].map((from) => () => call('{}', from)))).toEqual([200, 200, 200, 429])
  })

  test('on this machine are not limited', async () => {
    const answers = await statuses(times(10, () => call()))
    expect(answers).toEqual(Array<number>(10).fill(200))
    expect((await call()).headers.get('ratelimit-limit')).toBe(null)
  })

  test('are not limited when RATE_LIMIT_PER_MINUTE is 0', async () => {
    limit = createRateLimit({ RATE_LIMIT_PER_MINUTE: 0 })
    expect(await statuses(times(10, () => as({})))).toEqual(Array<number>(10).fill(200))
  })
})

describe('failed authentications', () => {
  test('shut the address out for the rest of the minute, and credentials are not even looked at', async () => {
    expect(await statuses(times(3, () => call('wrong')))).toEqual([401, 401, 401])
    vi.setSystemTime(Date.now() + 20_000)
    asked = []
    const refused = await as({})
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('40')
    expect(await refused.json()).toMatchObject({ code: 'rate_limited', details: { retryAfterMs: 40_000 } })
    expect(asked).toEqual([])
    vi.setSystemTime(Date.now() + 40_000)
    expect((await as({})).status).toBe(200)
  })

  test('do not shut out callers of that address who need no credentials', async () => {
    await statuses(times(5, () => call('wrong')))
    expect((await call()).status).toBe(200)
  })

  test('do not shut out other addresses', async () => {
    expect(await statuses(times(4, () => call('wrong', '192.0.2.1')))).toEqual([401, 401, 401, 429])
    expect((await call('wrong', '192.0.2.2')).status).toBe(401)
    expect((await call('{}', '192.0.2.2')).status).toBe(200)
  })

  test('count together for an IPv6 network, of which anybody has plenty of addresses', async () => {
    expect(await statuses(['::1', '::2', ':1::3', '::4'].map((end) => () => call('wrong', `2001:db8:0${end}`)))).toEqual([401, 401, 401, 429])
    expect((await call('wrong', '2001:db8:1::1')).status).toBe(401)
  })

  test('are not what is merely not allowed, nor what succeeds', async () => {
    expect(await statuses([...times(5, () => call('forbidden')), ...times(3, () => as({}))])).toEqual([403, 403, 403, 403, 403, 200, 200, 200])
  })
})
