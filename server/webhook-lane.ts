import { dueDeliveries, type DueDelivery, type Outcome } from '../db/due-deliveries.ts'
import type { Services } from './start.ts'

/** The deliveries that share a receiver: a few at once while it answers, one at a time while it does not. */

const WIDTH = 10

/** @returns what came of it; null when the server stops */
export type Send = (due: DueDelivery) => Promise<Outcome | null>

export type Lane = {
  /** There may be something due. */
  kick(): void
  /** Nothing is on its way, and nothing is known of the receiver that should be kept. */
  isIdle(): boolean
  /** Resolves when nothing is on its way. */
  settled(): Promise<void>
}

/**
 * @param send sends one and writes what came of it
 * @param onFault told when the store or `send` throws; the lane stands still until it is kicked again
 */
export const createLane = ({ db, clock }: Pick<Services, 'db' | 'clock'>, name: string, { send, signal, onFault }: { send: Send; signal: AbortSignal; onFault: (error: unknown) => void }): Lane => {
  let width = WIDTH
  let active = 0
  let kicks = 0
  let buffer: DueDelivery[] = []
  let filling: Promise<void> | null = null
  /** On their way, or about to be: the store does not know of that. */
  const taken = new Set<string>()
  const working = new Set<Promise<void>>()

  const fill = async (): Promise<void> => {
    const found = await dueDeliveries(db, name, { at: clock.now(), limit: width, except: taken })
    for (const { delivery } of found) taken.add(delivery.id)
    buffer.push(...found)
  }

  const drop = (): void => {
    for (const { delivery } of buffer) taken.delete(delivery.id)
    buffer = []
  }

  const next = async (): Promise<DueDelivery | undefined> => {
    if (buffer.length === 0)
      await (filling ??= fill().finally(() => {
        filling = null
      }))
    return buffer.shift()
  }

  const sendOne = async (due: DueDelivery): Promise<void> => {
    try {
      const outcome = await send(due)
      if (!outcome) return
      width = outcome.type === 'delivered' ? WIDTH : 1
      // What was read before may be of a webhook that is gone.
      if (outcome.type === 'gone') drop()
    } finally {
      taken.delete(due.delivery.id)
    }
  }

  const work = async (): Promise<void> => {
    try {
      while (!signal.aborted && active <= width) {
        const seen = kicks
        const due = await next()
        if (due) {
          await sendOne(due)
          widen()
        } else if (seen === kicks) return
      }
    } catch (error) {
      onFault(error)
    } finally {
      // At once, so that no kick falls between the last look and the end.
      active--
    }
  }

  const widen = (): void => {
    while (active < width && !signal.aborted) {
      active++
      const done = work().finally(() => working.delete(done))
      working.add(done)
    }
  }

  return {
    kick: () => {
      kicks++
      widen()
    },
    isIdle: () => active === 0 && width === WIDTH,
    settled: async () => void (await Promise.all(working)),
  }
}
