import { setMaxListeners } from 'node:events'
import { dueLanes, settleDeliveries, type DueDelivery, type Outcome } from '../db/due-deliveries.ts'
import { DELIVERIES } from '../db/webhooks.ts'
import { redeliverAfterMs } from '../runner/model/webhook.ts'
import { sleep } from '../runner/sleep.ts'
import { startSink } from './sink.ts'
import type { Services } from './start.ts'
import { attemptDelivery, type AttemptTools } from './webhook-attempt.ts'
import { deliveryBody } from './webhook-body.ts'
import { createLane, type Lane, type Settle } from './webhook-lane.ts'
import { createBusy, createPace } from './webhook-pace.ts'

/**
 * Sends what is due, each receiver in a lane of its own. What was sent and not written yet when the process ends is sent again: at least once.
 */

const RETRY_MS = 1_000
/** The clock of the machine may be set meanwhile. */
const MAX_SLEEP_MS = 60_000
/** What becomes due within this is looked at together, and what came of it is written together. */
const GATHER_MS = 20

export type SenderTools = AttemptTools & Pick<Services, 'db' | 'followers' | 'urls' | 'logger' | 'metrics' | 'load'>

/** Writes outcomes, those of a moment in one transaction; again and again until it can. */
const createOutbox = ({ db, followers, clock, logger }: SenderTools, signal: AbortSignal): Settle => {
  let waiting: Outcome[] = []
  let next: Promise<void> | null = null
  let last: Promise<void> = Promise.resolve()

  const write = async (): Promise<void> => {
    await sleep(GATHER_MS, signal)
    const batch = waiting
    waiting = []
    next = null
    for (;;) {
      try {
        if (await settleDeliveries(db, batch, clock.now())) followers.wake(DELIVERIES)
        return
      } catch (error) {
        logger.error({ err: error, deliveries: batch.length }, 'deliveries could not be written')
        if (!(await sleep(RETRY_MS, signal))) return
      }
    }
  }

  return (outcome) => {
    waiting.push(outcome)
    next ??= last = last.then(write)
    return next
  }
}

/** What could not even be put together: it is not to hold up the others. */
const unsent = ({ clock }: SenderTools, { delivery }: DueDelivery): Outcome => {
  const wait = redeliverAfterMs(delivery.attempts + 1, clock.random())
  const attempt = { at: clock.now(), durationMs: 0, statusCode: null, error: 'A fault of the server; its log says more.' }
  return { delivery, attempt, response: null, type: 'failed', retryAt: wait === null ? null : clock.now() + wait, restUntil: null }
}

/** @param origin where the server is found, for the signed addresses of files */
export const startSender = (tools: SenderTools, origin: string): AsyncDisposable => {
  const { db, followers, clock, logger, metrics, load } = tools
  const stopping = new AbortController()
  const { signal } = stopping
  // Each delivery on its way listens.
  setMaxListeners(0, signal)
  const settle = createOutbox(tools, signal)
  const turn = createPace({ running: () => load().running, busy: createBusy(), now: clock.now, sleep: (ms) => sleep(ms, signal) })
  const lanes = new Map<string, Lane>()

  const send = async (due: DueDelivery): Promise<Outcome | null> => {
    await turn(due.delivery)
    const outcome = await deliveryBody(tools, due, origin)
      .then((body) => attemptDelivery(tools, due, body, signal))
      .catch((error: unknown) => {
        logger.error({ err: error, deliveryId: due.delivery.id }, 'delivery failed')
        return unsent(tools, due)
      })
    if (!outcome) return null
    metrics.delivered(outcome.type)
    return outcome
  }

  const onFault = (error: unknown): void => {
    logger.error({ err: error }, 'deliveries failed')
    void sleep(RETRY_MS, signal).then(() => followers.wake(DELIVERIES))
  }

  const kick = (name: string): void => {
    const lane = lanes.get(name) ?? createLane(tools, name, { send, settle, signal, onFault })
    lanes.set(name, lane)
    lane.kick()
  }

  const sink = startSink(tools, { name: 'deliveries', key: DELIVERIES }, async (stopped) => {
    for (const [name, lane] of lanes) if (lane.isIdle()) lanes.delete(name)
    const due = await dueLanes(db, clock.now())
    for (const name of due.lanes) kick(name)
    await sleep(GATHER_MS, stopped)
    return Math.max(1, Math.min(MAX_SLEEP_MS, (due.nextAt ?? Infinity) - clock.now()))
  })
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await sink[Symbol.asyncDispose]()
      await Promise.all([...lanes.values()].map((lane) => lane.settled()))
    },
  }
}
