import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import type { DeliveryRow } from '../db/due-deliveries.ts'
import { createLoad } from '../runner/engine/admission.ts'

/** When a delivery may be begun. Runs come first: beside them go few, or as many as the machine has to spare for; where none executes, all. */

/** A second, beside runs that keep the machine busy: one or two hundredths of what two processors can do. */
const LEAST = 20
/** So many together, and a pause after them. That each costs less so is not shown: what was measured is LEAST and BURST together (docs/performance.md). */
const BURST = 10
/** How soon it is noticed that no run executes any more. */
const SLICE_MS = 20
/** A second, beside runs that leave it idle. */
const MOST = 1_000
/** In use below this, the machine has something to spare; above that, nothing. */
const EASY = 0.6
const BUSY = 0.85
const LOOK_MS = 250
/** What has waited for longer than this goes faster, the longer the faster: who is always busy is to tell of it all the same. */
const PATIENCE_MS = 60_000

type Waiting = Pick<DeliveryRow, 'type' | 'nextAt'>

/** How much of the machine is in use, 0 to 1, since it was last asked: of all processors, or of this thread, whichever is more. */
export const createBusy = (): (() => number) => {
  const load = createLoad(() => performance.now())
  let before = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    return Math.max(load(), utilization)
  }
}

/**
 * @param tools.running how many runs execute
 * @param tools.now milliseconds since 1970; it may jump
 * @returns resolves when the delivery may be begun; in the order in which they were asked for
 */
export const createPace = ({ running, busy, now, sleep }: { running: () => number; busy: () => number; now: () => number; sleep: (ms: number) => Promise<unknown> }): ((delivery: Waiting) => Promise<void>) => {
  let last: Promise<void> = Promise.resolve()
  let rate = LEAST
  let lookedAt = -Infinity
  let begunAt = -Infinity
  /** How many more go with those that were begun last. */
  let left = 0

  /** How many a second the machine has to spare for. What was seen a while ago, or while no run executed, says nothing. */
  const look = (at: number): void => {
    const since = at - lookedAt
    if (since >= 0 && since < LOOK_MS) return
    const used = busy()
    if (used > BUSY || since < 0 || since > 4 * LOOK_MS) rate = LEAST
    else if (used < EASY) rate = Math.min(MOST, 2 * rate)
    lookedAt = at
  }

  const take = async ({ nextAt }: Waiting): Promise<void> => {
    // One at a time, and whatever else there is in between: a run that starts now finds a few begun, and not hundreds.
    await setImmediate()
    if (running() === 0) {
      lookedAt = -Infinity
      begunAt = now()
      left = 0
      return
    }
    if (left > 0) {
      left--
      return
    }
    const at = now()
    look(at)
    const patient = (LEAST * (at - (nextAt ?? at))) / PATIENCE_MS
    const apartMs = (1000 * BURST) / Math.min(MOST, Math.max(rate, patient))
    const waitMs = Math.max(0, Math.min(apartMs, begunAt + apartMs - at))
    for (let ms = waitMs; ms > 0 && running() > 0; ms -= SLICE_MS) await sleep(Math.min(ms, SLICE_MS))
    begunAt = now()
    left = running() === 0 ? 0 : BURST - 1
  }

  return (delivery) => {
    // Somebody waits for it.
    if (delivery.type === 'webhook.ping') return Promise.resolve()
    return (last = last.then(() => take(delivery)))
  }
}
