/** Past it `setTimeout` overflows and fires at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1

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
