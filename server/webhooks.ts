import { readCursor } from '../db/cursors.ts'
import { EVERY_RUN } from '../db/event-log.ts'
import { fanOut, FAN_OUT } from '../db/webhook-fan-out.ts'
import { DELIVERIES } from '../db/webhooks.ts'
import { sleep } from '../runner/sleep.ts'
import type { Services } from './start.ts'
import { startSender, type SenderTools } from './webhook-sender.ts'

/**
 * Webhooks (contract, section 13): follows the log, makes a delivery of each event for each webhook that wants it, and has them sent. A run
 * knows nothing of it.
 */

const RETRY_MS = 1_000
/** What happens within this is looked at together. */
const GATHER_MS = 20

type Tools = SenderTools & Pick<Services, 'db' | 'followers' | 'clock' | 'logger'>

const follow = async ({ db, followers, clock }: Tools, signal: AbortSignal): Promise<void> => {
  let cursor = await readCursor(db, FAN_OUT)
  const over = new AbortController()
  // Begun before reading, so that what comes in between is not slept through.
  const news = followers.listen(EVERY_RUN, AbortSignal.any([signal, over.signal]))
  try {
    while (!signal.aborted) {
      const found = await fanOut(db, cursor, { at: clock.now(), newId: clock.newId })
      cursor = found.cursor
      if (found.made > 0) followers.wake(DELIVERIES)
      if (found.more) continue
      await news.next()
      await sleep(GATHER_MS, signal)
    }
  } finally {
    over.abort()
    news.end()
  }
}

/** @param origin where the server is found, for the signed addresses of files: `https://host:port` */
export const startWebhooks = (tools: Tools, origin: string): AsyncDisposable => {
  const stopping = new AbortController()
  const { signal } = stopping
  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      await follow(tools, signal).catch(async (error: unknown) => {
        tools.logger.error({ err: error }, 'webhooks failed')
        await sleep(RETRY_MS, signal)
      })
    }
  }
  const sender = startSender(tools, origin)
  const working = work()
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await working
      await sender[Symbol.asyncDispose]()
    },
  }
}
