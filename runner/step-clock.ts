import { LONGEST_TIMER_MS } from './sleep.ts'

/** Playwright's own timeout comes first and says more; this one is for what has none. */
const WATCHDOG_MS = 500

/** The time that an attempt has. */
export type StepClock = {
  /** Milliseconds that are left, at least 1. */
  remainingMs(): number
  /** Stands still while `work` goes on. */
  without<T>(work: Promise<T>): Promise<T>
  stop(): void
}

/** @param onOver called once when the time is over, and a little more */
export const createStepClock = (timeoutMs: number, onOver: () => void): StepClock => {
  let deadline = performance.now() + timeoutMs
  let stopped = false
  let standing = 0
  const arm = (): NodeJS.Timeout => setTimeout(onOver, Math.min(deadline - performance.now() + WATCHDOG_MS, LONGEST_TIMER_MS))
  let timer = arm()
  return {
    remainingMs: () => Math.max(1, Math.round(deadline - performance.now())),
    without: async (work) => {
      const began = performance.now()
      clearTimeout(timer)
      standing++
      try {
        return await work
      } finally {
        standing--
        if (standing === 0) deadline += performance.now() - began
        if (standing === 0 && !stopped) timer = arm()
      }
    },
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}
