import { join } from 'node:path'
import { holdFile } from '../db/exclusive-file.ts'
import { markOldRuns, runsNamedByOpenOnes } from '../db/old-runs.ts'
import { forgetFiles, knownFiles, purgedFiles, purgeOld, purgeRuns, type FilePlace } from '../db/purge.ts'
import { timeOfId } from '../runner/model/id.ts'
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
const STRAYS = 500
const REST_MS = 20
const RETRY_MS = 60_000

type Tools = Pick<Services, 'db' | 'files' | 'clock' | 'config' | 'logger' | 'followers'>

/** Removes files; what cannot be removed is told, and holds up nothing else. @returns those that are gone */
const removeFiles = async ({ files, logger }: Tools, ids: readonly string[]): Promise<string[]> => {
  const gone: string[] = []
  for (const id of ids)
    await files.remove(id).then(
      () => gone.push(id),
      (error: unknown) => logger.error({ err: error, artifactId: id }, 'a file could not be removed'),
    )
  return gone
}

/** Files that the store does not know of, left by a process that was killed between the two. They stay as long as anything does. */
const removeStrays = async (tools: Tools, found: AsyncIterator<string[]>, before: number): Promise<boolean> => {
  const { value, done } = await found.next()
  if (done) return false
  const old = value.filter((id) => timeOfId(id) < before)
  for (let from = 0; from < old.length; from += STRAYS) {
    const some = old.slice(from, from + STRAYS)
    const known = await knownFiles(tools.db, some)
    await removeFiles(tools, some.filter((id) => !known.has(id)))
  }
  return true
}

const sweep = async (tools: Tools, { strays }: { strays: boolean }, signal: AbortSignal): Promise<number> => {
  const { db, files, clock, config } = tools
  const since = clock.now()
  const before = since - config.RETENTION_DAYS * DAY_MS
  const named = await runsNamedByOpenOnes(db)
  let marked = 0
  let place: FilePlace | null = { runId: '', id: '' }
  let lastRun: string | null = ''

  const mark = async (): Promise<boolean> => {
    const count = await markOldRuns(db, { before, at: clock.now(), limit: RUNS, named, since })
    marked += count
    return count > 0
  }
  const purgeFiles = async (): Promise<boolean> => {
    const { ids, next } = await purgedFiles(db, place!, RUNS)
    if (ids.length > 0) await forgetFiles(db, await removeFiles(tools, ids))
    place = next
    return place !== null
  }
  const purge = async (): Promise<boolean> => {
    lastRun = await purgeRuns(db, lastRun!, ROWS)
    return lastRun !== null
  }
  const lying = files.list()[Symbol.asyncIterator]()
  const steps = [mark, purgeFiles, purge, () => purgeOld(db, before, ROWS), ...(strays ? [() => removeStrays(tools, lying, before)] : [])]
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

export const startRetention = (tools: Tools): AsyncDisposable => {
  let straysAt = -Infinity
  return startSink(tools, { name: 'retention', key: RETENTION }, async (stopping) => {
    const now = tools.clock.now()
    const strays = Math.abs(now - straysAt) >= DAY_MS
    if (strays) straysAt = now
    try {
      const marked = await sweep(tools, { strays }, stopping)
      if (marked > 0) tools.logger.info({ runs: marked }, 'retention')
      return EVERY_MS
    } catch (error) {
      // A disk that is full will not be better in a second.
      tools.logger.error({ err: error }, 'retention failed')
      return RETRY_MS
    }
  })
}
