import { findOrphans, ORPHANS, type Orphan } from '../db/orphans.ts'
import { cancelUnasked } from './cancel.ts'
import type { Services } from './start.ts'
import { startSink } from './sink.ts'

/** Cancels what a node waits for whose run has ended, or is about to, however that came about and whatever was killed in between. */

type Tools = Pick<Services, 'db' | 'followers' | 'engine' | 'clock' | 'logger'>

const PAGE = 100
const LOOK_MS = 3_600_000
const RETRY_MS = 5_000

const reasonOf = ({ state, error, cancelReason }: Orphan['parent']): string => {
  if (state === 'CANCELLING' && cancelReason !== null) return cancelReason
  return state === 'CANCELLED' && error ? error.message : 'The run that waited for this one has ended.'
}

export const startOrphans = (tools: Tools): AsyncDisposable =>
  startSink(tools, { name: 'orphans', key: ORPHANS }, async (stopping) => {
    const found = await findOrphans(tools.db, PAGE)
    let faults = 0
    for (const { id, parent } of found) {
      if (stopping.aborted) break
      await cancelUnasked(tools, id, { reason: reasonOf(parent), force: parent.cancelForce === true }).catch((error: unknown) => {
        faults++
        tools.logger.error({ err: error, runId: id }, 'a run that nobody waits for could not be cancelled')
      })
    }
    return found.length === 0 ? LOOK_MS : faults > 0 ? RETRY_MS : 0
  })
