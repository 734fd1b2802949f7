import { problem } from '../runner/model/problem.ts'

/** The longest that `Prefer: wait` is heeded for, in seconds. */
const MAX_WAIT_S = 3600

/**
 * How long a caller wants to wait, and the preference that says so as `Preference-Applied` repeats it; null when it does not say.
 * @see RFC 7240, sections 3 and 4.3
 * @throws Problem `invalid_request` when it is no number of seconds
 */
export const readWait = (header: string | string[] | undefined): { ms: number; applied: string } | null => {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '')
  const wait = text
    .split(',')
    .map((preference) => preference.trim())
    .find((preference) => /^wait\s*=/i.test(preference))
  if (wait === undefined) return /(?:^|,)\s*respond-async\s*(?:,|$)/i.test(text) ? { ms: 0, applied: 'respond-async' } : null
  const seconds = /^wait\s*=\s*"?(\d{1,9})"?$/i.exec(wait)?.[1]
  if (seconds === undefined) throw problem('invalid_request', 'Prefer: wait must be a whole number of seconds.')
  const heeded = Math.min(Number(seconds), MAX_WAIT_S)
  return { ms: heeded * 1000, applied: `wait=${heeded}` }
}
