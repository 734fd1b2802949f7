import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { holdFile } from '../db/exclusive-file.ts'
import { openDb } from '../db/open.ts'
import { problem } from '../runner/model/problem.ts'
import { databasePath, type Config } from './config.ts'
import { lockDataDir } from './data-dir-lock.ts'
import { diskUse } from './disk.ts'
import { BACKUP_LOCK } from './retention.ts'

const inMb = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MB`

/**
 * Writes the database anew, as small as what is in it: what retention takes away leaves room in the file that only the database uses again.
 * @returns what came of it, in a sentence
 * @throws Problem `unavailable` when a server is at work on the folder, a backup is under way, there is no database, or no room for a second one
 */
export const compactStore = async (config: Config): Promise<string> => {
  const { DATA_DIR: dir } = config
  if (!existsSync(databasePath(config))) throw problem('unavailable', `There is no database in ${dir}.`)
  await using _lock = await lockDataDir(dir)
  const backup = holdFile(join(dir, BACKUP_LOCK))
  if (!backup) throw problem('unavailable', `A backup of ${dir} is under way. Wait for its end.`)
  try {
    const before = await diskUse(config)
    // The new one, and the log through which it takes the place of the old.
    const needed = 2 * before.databaseBytes
    if (before.freeBytes < needed) throw problem('unavailable', `The disk has ${inMb(before.freeBytes)} free; up to ${inMb(needed)} are needed meanwhile. Nothing was changed.`)
    const db = openDb(databasePath(config))
    try {
      await db.compact()
    } finally {
      await db.close()
    }
    const { databaseBytes } = await diskUse(config)
    return `The database took ${inMb(before.databaseBytes)} and takes ${inMb(databaseBytes)} now.`
  } finally {
    backup.release()
  }
}
