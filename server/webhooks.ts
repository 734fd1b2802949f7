import { readCursor } from '../db/cursors.ts'
import { EVERY_RUN } from '../db/followers.ts'
import { fanOutJobRuns, JOB_FAN_OUT } from '../db/job-run-fan-out.ts'
import { fanOut, FAN_OUT } from '../db/webhook-fan-out.ts'
import { DELIVERIES } from '../db/webhooks.ts'
import { sleep } from '../runner/sleep.ts'
import { startSink } from './sink.ts'
import type { Services } from './start.ts'

/**
 * Webhooks (contract, section 13): follows the logs of runs and job runs, and makes a delivery of each event for each webhook that wants it;
 * others send them (`webhook-sender.ts`). A run knows nothing of it.
 */

/** What happens within this is looked at together. */
const GATHER_MS = 20
const LOOK_MS = 60_000

export const startWebhooks = (tools: Pick<Services, 'db' | 'followers' | 'clock' | 'logger'>): AsyncDisposable => {
  const { db, followers, clock } = tools
  let cursors: { runs: number; jobRuns: number } | null = null
  return startSink(tools, { name: 'webhooks', key: EVERY_RUN }, async (stopping) => {
    cursors ??= { runs: await readCursor(db, FAN_OUT), jobRuns: await readCursor(db, JOB_FAN_OUT) }
    const stamp = { at: clock.now(), newId: clock.newId }
    const ofRuns = await fanOut(db, cursors.runs, stamp)
    cursors.runs = ofRuns.cursor
    const ofJobRuns = await fanOutJobRuns(db, cursors.jobRuns, stamp)
    cursors.jobRuns = ofJobRuns.cursor
    if (ofRuns.made + ofJobRuns.made > 0) followers.wake(DELIVERIES)
    const more = ofRuns.more || ofJobRuns.more
    // Others get their turn, too, where there is much to look at.
    await sleep(more ? 1 : GATHER_MS, stopping)
    return more ? 0 : LOOK_MS
  })
}
