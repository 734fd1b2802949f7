/** Past it `setTimeout` overflows and fires at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Timers stand still while the machine sleeps, and know nothing of a clock that is set: in a long wait it is looked at as often as this. */
export const CLOCK_EVERY_MS = 20_000

/** Waits `ms` milliseconds, however many. @returns false when `signal` aborted first */
export const sleep = (ms: number, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(false)
    const finish = (slept: boolean): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      resolve(slept)
    }
    const onAbort = (): void => finish(false)
    const arm = (leftMs: number): NodeJS.Timeout => {
      const next = Math.min(Math.max(0, leftMs), LONGEST_TIMER_MS)
      return setTimeout(() => {
        if (leftMs > next) timer = arm(leftMs - next)
        else finish(true)
      }, next)
    }
    let timer = arm(ms)
    signal.addEventListener('abort', onAbort, { once: true })
  })

/** Waits until `now` says that it is `at`, both in milliseconds since 1970. @returns false when `signal` aborted first */
export const sleepUntil = async (at: number, now: () => number, signal: AbortSignal): Promise<boolean> => {
  do if (!(await sleep(Math.min(at - now(), CLOCK_EVERY_MS), signal))) return false
  while (now() < at)
  return true
}
