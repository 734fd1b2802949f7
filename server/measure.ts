import { EVERY_RUN } from '../db/event-log.ts'
import { finishedAfter, lastEvent } from '../db/finished.ts'
import { sleep } from '../runner/sleep.ts'
import type { Services } from './start.ts'

/** Follows the log, from now on, for what has ended and how long it took. */

const RETRY_MS = 5_000
/** Nobody reads figures more often. */
const GATHER_MS = 1_000

type Tools = Pick<Services, 'db' | 'followers' | 'metrics' | 'logger'>

const follow = async ({ db, followers, metrics }: Tools, from: number, signal: AbortSignal): Promise<void> => {
  let cursor = from
  const over = new AbortController()
  const news = followers.listen(EVERY_RUN, AbortSignal.any([signal, over.signal]))
  try {
    while (!signal.aborted) {
      const { finished, upTo, more } = await finishedAfter(db, cursor)
      cursor = upTo
      for (const facts of finished) metrics.finished(facts)
      if (more) continue
      await news.next()
      await sleep(GATHER_MS, signal)
    }
  } finally {
    over.abort()
    news.end()
  }
}

export const startMeasuring = (tools: Tools): AsyncDisposable => {
  const stopping = new AbortController()
  const { signal } = stopping
  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      await lastEvent(tools.db)
        .then((from) => follow(tools, from, signal))
        .catch(async (error: unknown) => {
          tools.logger.error({ err: error }, 'measuring failed')
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
