import { setTimeout as sleep } from 'node:timers/promises'
import { Secret, TOTP } from 'otpauth'
import { z } from 'zod'
import { problem } from '../../runner/model/problem.ts'
import { defineStep, done } from '../lib/step.ts'

/** A code with less life than this may have expired by the time the portal reads it. */
const LEAST_MS = 5000
const ALGORITHMS = ['SHA1', 'SHA256', 'SHA512']

/** The faults say nothing of the secret, and carry no cause that might. */
const refuse = (what: string): never => {
  throw problem('validation_failed', `secret is no key for one-time codes: ${what}.`)
}

const wholeNumber = (text: string, min: number, max: number, what: string): number =>
  /^\d{1,4}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : refuse(`its ${what} must be from ${min} to ${max}`)

const parseSecret = (text: string): TOTP => {
  const isUri = /^\s*otpauth:/i.test(text)
  const uri = URL.canParse(text.trim()) ? new URL(text.trim()) : null
  if (isUri && (uri?.host.toLowerCase() !== 'totp')) refuse('only otpauth://totp/… is a key that goes by time')
  const given = isUri ? uri?.searchParams : undefined
  // Portals print the key in groups, and some pad it.
  const key = (isUri ? (given?.get('secret') ?? '') : text).replace(/[\s-]|=+$/g, '').toUpperCase()
  if (!/^[A-Z2-7]{2,512}$/.test(key)) refuse('it must be base32 (letters A to Z and digits 2 to 7) or an otpauth:// address')
  const algorithm = (given?.get('algorithm') ?? 'SHA1').toUpperCase().replace('-', '')
  if (!ALGORITHMS.includes(algorithm)) refuse(`its algorithm must be one of ${ALGORITHMS.join(', ')}`)
  return new TOTP({
    secret: Secret.fromBase32(key),
    algorithm,
    digits: wholeNumber(given?.get('digits') ?? '6', 6, 10, 'digits'),
    period: wholeNumber(given?.get('period') ?? '30', 1, 3600, 'period'),
  })
}

export default defineStep({
  summary: 'Make the one-time code of an authenticator app, one that lives for at least five more seconds.',
  config: z.strictObject({
    /** Base32 as portals show it, or the otpauth:// address inside their QR code. */
    secret: z.string().min(1).max(2000),
  }),
  async run({ now, signal, remainingMs }, { secret }) {
    const totp = parseSecret(secret)
    const at = now().getTime()
    const leftMs = totp.remaining({ timestamp: at })
    // A period that short has no code with more life.
    const mustWait = leftMs < LEAST_MS && totp.period * 1000 > LEAST_MS
    if (!mustWait) return done({ code: totp.generate({ timestamp: at }) })
    if (leftMs >= remainingMs()) throw problem('step_timeout', `The next code comes in ${leftMs} ms, after the time this step has.`)
    await sleep(leftMs, undefined, { signal }).catch((error: unknown) => {
      signal.throwIfAborted()
      throw error
    })
    // Timers may fire a moment early.
    return done({ code: totp.generate({ timestamp: Math.max(now().getTime(), at + leftMs) }) })
  },
})
