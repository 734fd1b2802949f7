import { EVERY_RUN } from '../db/followers.ts'
import { finishedAfter, lastEvent } from '../db/finished.ts'
import { sleep } from '../runner/sleep.ts'
import { startSink } from './sink.ts'
import type { Services } from './start.ts'

/** Follows the log, from now on, for what has ended and how long it took. */

/** Nobody reads figures more often. */
const GATHER_MS = 1_000
const LOOK_MS = 60_000

export const startMeasuring = (tools: Pick<Services, 'db' | 'followers' | 'metrics' | 'logger'>): AsyncDisposable => {
  const { db, metrics } = tools
  let cursor: number | null = null
  return startSink(tools, { name: 'measuring', key: EVERY_RUN }, async (stopping) => {
    cursor ??= await lastEvent(db)
    const { finished, upTo, more } = await finishedAfter(db, cursor)
    cursor = upTo
    for (const facts of finished) metrics.finished(facts)
    await sleep(more ? 1 : GATHER_MS, stopping)
    return more ? 0 : LOOK_MS
  })
}
