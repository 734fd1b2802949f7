import { problem, type Problem } from '../../runner/model/problem.ts'

export type Limits = { signal: AbortSignal; timeoutMs: number }

const LATE = Symbol('late')
const abortError = (signal: AbortSignal): Error => new DOMException(String(signal.reason), 'AbortError')

/** The timeout of a page that a script of its own keeps busy: whoever runs the next attempt must give it another page. */
export const pageBusy = (text: string): Problem => problem('step_timeout', text, { details: { pageBusy: true } })

/**
 * `work`, given up on when its time is over or the run is aborted; for the few calls of Playwright that take neither a timeout nor a signal.
 * The work itself is not stopped: a script that never ends keeps the page busy, and only closing the page frees it.
 *
 * @param late what to answer, or throw, when the time is over
 * @throws an `AbortError`, as Playwright's own actions do, when the run is aborted
 */
export async function within<T, L>(work: Promise<T>, { signal, timeoutMs }: Limits, late: () => L): Promise<T | L> {
  // What is given up on may still fail, when nobody listens any more: that would end the process.
  work.catch(() => undefined)
  if (signal.aborted) throw abortError(signal)
  let stop = () => {}
  const limit = new Promise<typeof LATE>((resolve, reject) => {
    const timer = setTimeout(resolve, timeoutMs, LATE)
    const aborted = () => reject(abortError(signal))
    signal.addEventListener('abort', aborted)
    stop = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', aborted)
    }
  })
  try {
    const result = await Promise.race([work, limit])
    return result === LATE ? late() : result
  } finally {
    stop()
  }
}
