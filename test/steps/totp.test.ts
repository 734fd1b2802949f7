import { expect, test } from 'vitest'
import totp from '../../steps/control/totp.ts'
import { fakeContext, problemOf } from '../fake-context.ts'

/** The keys and codes of RFC 6238, appendix B, at 1111111111 s: one second into a window. */
const AT = 1_111_111_111_000
const SHA1_KEY = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const SHA256_KEY = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA'
const SHA512_KEY = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA'

const run = (secret: string, over: Parameters<typeof fakeContext>[0] = {}) =>
  totp.run(fakeContext({ now: () => new Date(AT), ...over }), totp.config.parse({ secret }))

const codes: [name: string, secret: string, code: string][] = [
  ['base32', SHA1_KEY, '050471'],
  ['base32 in lower case and groups, padded', 'gezd gnbv-gy3t qojq gezd gnbv gy3t qojq====', '050471'],
  ['an otpauth address', `otpauth://totp/Acme:me@acme.test?secret=${SHA1_KEY}&issuer=Acme`, '050471'],
  ['an otpauth address without a label', `otpauth://totp/?secret=${SHA1_KEY}`, '050471'],
  ['its digits', `otpauth://totp/A?secret=${SHA1_KEY}&digits=8`, '14050471'],
  ['its algorithm', `otpauth://totp/A?secret=${SHA256_KEY}&digits=8&algorithm=SHA256`, '67062674'],
  ['its algorithm, with a hyphen', `otpauth://totp/A?secret=${SHA512_KEY}&digits=8&algorithm=sha-512`, '99943326'],
  // Not in the RFC: HMAC-SHA1 over the counter 18518518, worked out elsewhere.
  ['its period', `otpauth://totp/A?secret=${SHA1_KEY}&period=60`, '360094'],
]
test.each(codes)('takes %s', async (_name, secret, code) => {
  expect(await run(secret)).toEqual({ type: 'done', output: { code } })
})

test('waits for the next window when the code is about to expire', async () => {
  expect(await run(SHA1_KEY, { now: () => new Date(1_111_111_110_000 - 20) })).toEqual({ type: 'done', output: { code: '050471' } })
})

test('does not wait when the code lives for five more seconds', async () => {
  const started = performance.now()
  expect(await run(SHA1_KEY, { now: () => new Date(1_111_111_110_000 - 5000) })).toEqual({ type: 'done', output: { code: '081804' } })
  expect(performance.now() - started).toBeLessThan(1000)
})

test('gives up waiting when the run is cancelled', async () => {
  const abort = new AbortController()
  const started = performance.now()
  const waiting = run(SHA1_KEY, { now: () => new Date(1_111_111_110_000 - 4900), signal: abort.signal })
  abort.abort(new Error('cancel'))
  await expect(waiting).rejects.toThrow('cancel')
  expect(performance.now() - started).toBeLessThan(2000)
})

test('does not begin to wait for longer than it has', async () => {
  const found = await problemOf(() => run(SHA1_KEY, { now: () => new Date(1_111_111_110_000 - 4900), remainingMs: () => 1000 }))
  expect(found).toMatchObject({ code: 'step_timeout', message: 'The next code comes in 4900 ms, after the time this step has.' })
})

const refused: [name: string, secret: string, message: RegExp][] = [
  ['text that is not base32', 'hunter2-0189', /must be base32/],
  ['an address without a secret', 'otpauth://totp/hunter2?issuer=A', /must be base32/],
  ['a key that goes by a counter', 'otpauth://hotp/hunter2?secret=GEZDGNBV&counter=1', /only otpauth:\/\/totp/],
  ['an unknown algorithm', 'otpauth://totp/hunter2?secret=GEZDGNBV&algorithm=MD5', /one of SHA1, SHA256, SHA512/],
  ['too many digits', 'otpauth://totp/hunter2?secret=GEZDGNBV&digits=12', /digits must be from 6 to 10/],
  ['no period', 'otpauth://totp/hunter2?secret=GEZDGNBV&period=0', /period must be from 1 to 3600/],
]
test.each(refused)('refuses %s, and does not show it', async (_name, secret, message) => {
  const found = await problemOf(() => run(secret))
  expect(found).toMatchObject({ code: 'validation_failed', message: expect.stringMatching(message) })
  const shown = [found.message, JSON.stringify(found.details ?? null), String(found.cause)].join('\n')
  expect(shown).not.toMatch(/hunter2|GEZDGNBV/)
})
