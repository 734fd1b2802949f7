import { joinSignals } from '../runner/join-signals.ts'
import { sleep } from '../runner/sleep.ts'
import type { Services } from './start.ts'

/** What every sink has in common: it looks at the store, again and again, until the server stops. */

const RETRY_MS = 1_000

/**
 * Calls `pass` when `key` was woken, or when the time is over that the pass before gave in milliseconds: 0 for at once. A pass that throws
 * is told in the log and made again.
 */
export const startSink = (
  { followers, logger }: Pick<Services, 'followers' | 'logger'>,
  { name, key }: { name: string; key: string },
  pass: (stopping: AbortSignal) => Promise<number>,
): AsyncDisposable => {
  const stopping = new AbortController()
  const { signal } = stopping
  const look = async (): Promise<void> => {
    // Asked for before reading, so that what comes in between is not slept through.
    const over = new AbortController()
    using either = joinSignals([signal, over.signal])
    const news = followers.listen(key, either.signal)
    try {
      const waitMs = await pass(signal)
      if (waitMs > 0) await Promise.race([news.next(), sleep(waitMs, either.signal)])
    } finally {
      over.abort()
      news.end()
    }
  }
  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      await look().catch(async (error: unknown) => {
        logger.error({ err: error }, `${name} failed`)
        await sleep(RETRY_MS, signal)
      })
    }
  }
  const working = work()
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await working
    },
  }
}
