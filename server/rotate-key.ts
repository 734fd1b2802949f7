import { copyFileSync, existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { holdFile } from '../db/exclusive-file.ts'
import { openDb } from '../db/open.ts'
import { resealAll } from '../db/reseal.ts'
import { Problem, problem } from '../runner/model/problem.ts'
import { createSeal, reseal, sealMark } from '../runner/seal.ts'
import { databasePath, type Config } from './config.ts'
import { lockDataDir } from './data-dir-lock.ts'
import { CHECK_FILE, checkText, createOnce, KEY_FILE, loadEncryptionKey, newKeyText, NEXT_CHECK_FILE, opensCheck, parseKey, readIfThere, syncFolder } from './encryption-key.ts'
import { BACKUP_LOCK } from './retention.ts'

/**
 * Changes the key under which everything is sealed. Stopped half-way, it goes on when it is called again: each value names its key, and no
 * server starts on the folder until all have the new one.
 */

const NEXT_KEY_FILE = 'encryption.key.next'

type Keys = { from: Buffer; to: Buffer }
type Given = Pick<Config, 'DATA_DIR' | 'ENCRYPTION_KEY' | 'NEW_ENCRYPTION_KEY'>

/** The key of before is kept: backups of that time need it. */
const keptName = (key: Buffer): string => `${KEY_FILE}.${sealMark(key).subarray(1).toString('hex')}`

/** The keys, once it is sure that they are the right ones. @throws Problem `unavailable`, `invalid_request` */
const readKeys = (config: Given): Keys => {
  const { DATA_DIR: dir, ENCRYPTION_KEY, NEW_ENCRYPTION_KEY } = config
  if (ENCRYPTION_KEY && !NEW_ENCRYPTION_KEY)
    throw problem('invalid_request', 'The key is in ENCRYPTION_KEY: set NEW_ENCRYPTION_KEY to the one to change it to. "openssl rand -base64 32" makes one.')
  const check = readIfThere(join(dir, CHECK_FILE))
  if (check === null) throw problem('unavailable', `Nothing in ${dir} tells which key it was sealed with: start the server on it once.`)
  const from = loadEncryptionKey(config)
  const nextCheck = readIfThere(join(dir, NEXT_CHECK_FILE))
  const opens = (text: string | null, key: Buffer): boolean => text !== null && opensCheck(text, createSeal(key))
  // Stopped between its last two steps: the key is the new one already.
  const isNew = opens(nextCheck, from)
  if (!isNew && !opens(check, from))
    throw problem('unavailable', `This encryption key is not the one that the data in ${dir} was sealed with. Nothing was changed.`)
  const to = NEW_ENCRYPTION_KEY ?? (isNew ? from : parseKey(join(dir, NEXT_KEY_FILE), createOnce(dir, NEXT_KEY_FILE, newKeyText())))
  if (nextCheck !== null && !opens(nextCheck, to)) throw problem('invalid_request', 'A change to another key has begun and not ended: set NEW_ENCRYPTION_KEY to that one.')
  if (from.equals(to) && !isNew) throw problem('invalid_request', 'NEW_ENCRYPTION_KEY is the key that is in use.')
  return { from, to }
}

/** Puts the new key in the place of the old one. A step that was done before is done once more, or not at all. */
const settle = ({ DATA_DIR: dir, ENCRYPTION_KEY, NEW_ENCRYPTION_KEY }: Given, { from }: Keys): string | null => {
  const kept = join(dir, keptName(from))
  const rename = (old: string, name: string): void => {
    renameSync(join(dir, old), join(dir, name))
    syncFolder(dir)
  }
  if (!NEW_ENCRYPTION_KEY && existsSync(join(dir, NEXT_KEY_FILE))) {
    copyFileSync(join(dir, KEY_FILE), kept)
    rename(NEXT_KEY_FILE, KEY_FILE)
  }
  rename(NEXT_CHECK_FILE, CHECK_FILE)
  if (NEW_ENCRYPTION_KEY && !ENCRYPTION_KEY) rename(KEY_FILE, keptName(from))
  return existsSync(kept) ? kept : null
}

/**
 * @param say tells a line at a time how it goes
 * @returns how many values could not be opened, and stay as they are
 * @throws Problem `unavailable` when a server is at work on the folder, or the key is wrong; `invalid_request`. Nothing is changed then.
 */
export const rotateKey = async (config: Config, say: (line: string) => void): Promise<number> => {
  const { DATA_DIR: dir } = config
  await using _lock = await lockDataDir(dir)
  const backup = holdFile(join(dir, BACKUP_LOCK))
  if (!backup) throw problem('unavailable', `A backup of ${dir} is under way. Wait for its end.`)
  try {
    return await rotate(config, say)
  } finally {
    backup.release()
  }
}

const rotate = async (config: Config, say: (line: string) => void): Promise<number> => {
  const { DATA_DIR: dir } = config
  const keys = readKeys(config)
  createOnce(dir, NEXT_CHECK_FILE, checkText(keys.to))
  const db = openDb(databasePath(config))
  let unopened = 0
  try {
    const changed = await resealAll(db, (value, place) => {
      try {
        return reseal(value, keys)
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        unopened++
        say(`A value in ${place} stays as it is: ${error.message}`)
        return null
      }
    })
    // What the old key opened is in no free page of the file either.
    await db.compact()
    say(`${changed} values are sealed under the new key.`)
  } finally {
    await db.close()
  }
  const kept = settle(config, keys)
  if (kept) say(`The key of before is kept in ${kept}: backups of that time need it. Take it away when there are none.`)
  if (config.NEW_ENCRYPTION_KEY) say('From now on, start the server with ENCRYPTION_KEY set to the new key.')
  say('Signed addresses, links of questions and access tokens of before are not valid any more, and the secret that calls of nodes are signed with is another: GET /api/v1/signing-secret.')
  return unopened
}
