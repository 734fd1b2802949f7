import { cpus } from 'node:os'

/**
 * Whether one more run would be served or only slow the others down. Pages that wait for the network leave the processors idle, and many
 * runs at once serve them best; pages that do not are served best a few at a time (docs/performance.md).
 */
export type Admission = {
  /** @param running how many execute @param waitedMs how long the next one has waited */
  allows(running: number, waitedMs: number): boolean
}

/** Busy above this share of all processors, more at once only makes each slower. */
const BUSY = 0.85
const WINDOW_MS = 200
/** However busy the machine is with other things, nobody waits for its load longer than this. */
const PATIENCE_MS = 5_000

const ticks = (): { busy: number; all: number } =>
  cpus().reduce(
    (sum, { times }) => {
      const all = times.user + times.nice + times.sys + times.irq + times.idle
      return { busy: sum.busy + all - times.idle, all: sum.all + all }
    },
    { busy: 0, all: 0 },
  )

/** @param concurrency the most that may execute at once @param nowMs a clock in milliseconds */
export const createAdmission = ({ concurrency, nowMs }: { concurrency: number; nowMs: () => number }): Admission => {
  const free = Math.min(concurrency, cpus().length)
  let before = { ...ticks(), at: nowMs() }
  let load = 0
  return {
    allows: (running, waitedMs) => {
      if (running >= concurrency) return false
      if (running < free) return true
      const now = nowMs()
      if (now - before.at >= WINDOW_MS) {
        const { busy, all } = ticks()
        load = all > before.all ? (busy - before.busy) / (all - before.all) : load
        before = { busy, all, at: now }
      }
      return load < BUSY || waitedMs > PATIENCE_MS
    },
  }
}
