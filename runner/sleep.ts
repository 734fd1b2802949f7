/** Waits `ms` milliseconds. @returns false when `signal` aborted first */
export const sleep = (ms: number, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(false)
    const finish = (slept: boolean): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      resolve(slept)
    }
    const onAbort = (): void => finish(false)
    const timer = setTimeout(() => finish(true), Math.max(0, ms))
    signal.addEventListener('abort', onAbort, { once: true })
  })
