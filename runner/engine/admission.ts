import { cpus } from 'node:os'

/**
 * Whether one more run would be served or only slow the others down. Pages that wait for the network leave the processors idle, and many
 * runs at once serve them best; pages that do not are served best a few at a time (docs/performance.md).
 */
export type Admission = {
  /** @param running how many execute @param stuckMs how long the queue has not moved */
  allows(running: number, stuckMs: number): boolean
}

/** The share of all processors that is in use, 0 to 1. */
export type Load = () => number

/** Busy above this, more at once only makes each slower. */
const BUSY = 0.85
const WINDOW_MS = 200
/** However busy the machine is with other things, the queue moves on by one after this. */
const PATIENCE_MS = 5_000

const ticks = (): { busy: number; all: number } =>
  cpus().reduce(
    (sum, { times }) => {
      const all = times.user + times.nice + times.sys + times.irq + times.idle
      return { busy: sum.busy + all - times.idle, all: sum.all + all }
    },
    { busy: 0, all: 0 },
  )

/** The machine's load since it was last asked for, or a little longer. */
export const createLoad = (nowMs: () => number): Load => {
  let before = { ...ticks(), at: nowMs() }
  let load = 0
  return () => {
    const now = nowMs()
    if (now - before.at < WINDOW_MS) return load
    const { busy, all } = ticks()
    load = all > before.all ? (busy - before.busy) / (all - before.all) : load
    before = { busy, all, at: now }
    return load
  }
}

/** @param concurrency the most that may execute at once */
export const createAdmission = ({ concurrency, load }: { concurrency: number; load: Load }): Admission => {
  const free = Math.min(concurrency, cpus().length)
  return {
    allows: (running, stuckMs) => {
      if (running >= concurrency) return false
      return running < free || load() < BUSY || stuckMs > PATIENCE_MS
    },
  }
}
