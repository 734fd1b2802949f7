import { join } from 'node:path'
import { holdFile } from '../db/exclusive-file.ts'
import { markOldRuns, runsNamedByOpenOnes } from '../db/old-runs.ts'
import { forgetFiles, purgedFiles, purgeOld, purgeRuns } from '../db/purge.ts'
import { sleep } from '../runner/sleep.ts'
import { startSink } from './sink.ts'
import type { Services } from './start.ts'

/**
 * Takes away what ended more than `RETENTION_DAYS` ago: runs with their events and files, and what has been kept for the day's sake. In steps
 * of a few milliseconds with a rest after each, so that no request waits; a step that a kill cuts off is done again.
 */

/** Where it is woken, in the place of a run's id. */
export const RETENTION = 'retention'
/** Held for each step, and by a backup while it copies: what is in a copied database is to have its files. */
export const BACKUP_LOCK = 'backup.lock'

const DAY_MS = 24 * 3_600_000
const EVERY_MS = 3_600_000
const RUNS = 50
const ROWS = 100
const REST_MS = 20
const RETRY_MS = 60_000

type Tools = Pick<Services, 'db' | 'files' | 'clock' | 'config' | 'logger' | 'followers'>

const sweep = async ({ db, files, clock, config }: Tools, signal: AbortSignal): Promise<number> => {
  const since = clock.now()
  const before = since - config.RETENTION_DAYS * DAY_MS
  const named = await runsNamedByOpenOnes(db)
  let marked = 0

  const mark = async (): Promise<boolean> => {
    const count = await markOldRuns(db, { before, at: clock.now(), limit: RUNS, named, since })
    marked += count
    return count > 0
  }
  const removeFiles = async (): Promise<boolean> => {
    const ids = await purgedFiles(db, RUNS)
    for (const id of ids) await files.remove(id)
    if (ids.length > 0) await forgetFiles(db, ids)
    return ids.length > 0
  }
  const steps = [mark, removeFiles, () => purgeRuns(db, ROWS), () => purgeOld(db, before, ROWS)]
  for (const step of steps) {
    for (let more = true; more && !signal.aborted; ) {
      const lock = holdFile(join(config.DATA_DIR, BACKUP_LOCK))
      try {
        if (lock) more = await step()
      } finally {
        lock?.release()
      }
      await sleep(lock ? REST_MS : 50 * REST_MS, signal)
    }
  }
  return marked
}

export const startRetention = (tools: Tools): AsyncDisposable =>
  startSink(tools, { name: 'retention', key: RETENTION }, async (stopping) => {
    try {
      const marked = await sweep(tools, stopping)
      if (marked > 0) tools.logger.info({ runs: marked }, 'retention')
      return EVERY_MS
    } catch (error) {
      // A disk that is full, or a file that cannot be removed, will not be better in a second.
      tools.logger.error({ err: error }, 'retention failed')
      return RETRY_MS
    }
  })
