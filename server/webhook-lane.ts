import { dueDeliveries, type DueDelivery, type Outcome } from '../db/due-deliveries.ts'
import type { Services } from './start.ts'

/** The deliveries that share a receiver: a few at once while it answers, one at a time while it does not. */

const WIDTH = 10
/** Read at once, so that no attempt waits for the next read alone. */
const AHEAD = 2 * WIDTH
/** While so many outcomes wait to be written, nothing more is sent: it might be sent over and over. */
const UNWRITTEN = 5 * WIDTH

/** @returns what came of it; null when the server stops */
export type Send = (due: DueDelivery) => Promise<Outcome | null>
/** Resolves when it is written what came of one. */
export type Settle = (outcome: Outcome) => Promise<void>

export type Lane = {
  /** There may be something due. */
  kick(): void
  /** Nothing is on its way, and nothing is known of the receiver that should be kept. */
  isIdle(): boolean
  /** Resolves when nothing is on its way. */
  settled(): Promise<void>
}

/**
 * @param onFault told when the store or `send` throws; the lane stands still until it is kicked again
 */
export const createLane = ({ db, clock }: Pick<Services, 'db' | 'clock'>, name: string, { send, settle, signal, onFault }: { send: Send; settle: Settle; signal: AbortSignal; onFault: (error: unknown) => void }): Lane => {
  let width = WIDTH
  let active = 0
  let kicks = 0
  let buffer: DueDelivery[] = []
  let filling: Promise<void> | null = null
  /** On their way, about to be, or not written yet: the store does not know of that. */
  const taken = new Set<string>()
  const working = new Set<Promise<void>>()
  const writing = new Set<Promise<void>>()

  const fill = async (): Promise<void> => {
    const found = await dueDeliveries(db, name, { at: clock.now(), limit: width === WIDTH ? AHEAD : 1, except: taken })
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

  const write = (id: string, outcome: Outcome): Promise<void> => {
    const done = settle(outcome).finally(() => {
      taken.delete(id)
      writing.delete(done)
    })
    writing.add(done)
    return done
  }

  const sendOne = async (due: DueDelivery): Promise<void> => {
    const { id } = due.delivery
    const outcome = await send(due).catch((error: unknown) => {
      taken.delete(id)
      throw error
    })
    if (!outcome) return void taken.delete(id)
    const written = write(id, outcome)
    width = outcome.type === 'delivered' ? WIDTH : 1
    if (outcome.type === 'delivered') {
      if (writing.size >= UNWRITTEN) await written
      return
    }
    // What was read before may be of a webhook that is gone, or is to wait now.
    drop()
    await written
    drop()
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
    isIdle: () => active === 0 && writing.size === 0 && width === WIDTH,
    settled: async () => void (await Promise.all([...working, ...writing])),
  }
}
