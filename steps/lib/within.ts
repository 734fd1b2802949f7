import type { Problem } from '../../runner/model/problem.ts'

export type Limits = { signal: AbortSignal; timeoutMs: number }

const abortError = (signal: AbortSignal): Error => new DOMException(String(signal.reason), 'AbortError')

/**
 * `work`, given up on when its time is over or the run is aborted; for the few calls of Playwright that take neither a timeout nor a signal.
 * The work itself is not stopped: a script that never ends keeps the page busy, and only closing the page frees it.
 *
 * @throws what `late` makes when the time is over; an `AbortError`, as Playwright's own actions do, when the run is aborted
 */
export async function within<T>(work: Promise<T>, { signal, timeoutMs }: Limits, late: () => Problem): Promise<T> {
  if (signal.aborted) throw abortError(signal)
  let stop = () => {}
  const limit = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(late()), timeoutMs)
    const aborted = () => reject(abortError(signal))
    signal.addEventListener('abort', aborted)
    stop = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', aborted)
    }
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    stop()
  }
}
