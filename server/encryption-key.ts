import { randomBytes } from 'node:crypto'
import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { problem, type Problem } from '../runner/model/problem.ts'
import { createSeal, sealMark, type Seal } from '../runner/seal.ts'
import type { Config } from './config.ts'

export const KEY_FILE = 'encryption.key'
/** A known value, sealed: whoever opens it has the right key. */
export const CHECK_FILE = 'encryption.check'
const CHECK_VALUE = 'errand'
/** There while the key is being changed: the same value, under the new key. */
export const NEXT_CHECK_FILE = 'encryption.check.next'

export const readIfThere = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** A folder's entries are its own data; Windows cannot be asked to write them. */
export const syncFolder = (dir: string): void => {
  if (process.platform === 'win32') return
  const folder = openSync(dir, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** Writes a file that only its owner reads, whole or not at all, and never over another; of two at once one wins. @returns what is there then */
export const createOnce = (dir: string, name: string, text: string): string => {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, name)
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(draft, text, { flag: 'wx', mode: 0o600, flush: true })
    linkSync(draft, path)
    syncFolder(dir)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(path, 'utf8')
}

/** @throws Problem `unavailable` when it is no key */
export const parseKey = (path: string, text: string): Buffer => {
  const key = /^[A-Za-z0-9+/]{43}=$/.test(text.trim()) ? Buffer.from(text.trim(), 'base64') : null
  if (key?.length !== 32) throw problem('unavailable', `${path} is damaged: it must hold 32 bytes as base64. Put the file back from a backup; what was sealed with it needs that key.`)
  return key
}

export const newKeyText = (): string => `${randomBytes(32).toString('base64')}\n`

/** Copies and backups are often readable for all. */
const keepToOwner = (path: string): void => {
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
}

/**
 * The key that seals what the store may not hold in clear: `ENCRYPTION_KEY`, else the one in `DATA_DIR`, made when there is none.
 * @throws Problem `unavailable` when the file is damaged, or gone although something has been sealed with it
 */
export const loadEncryptionKey = ({ ENCRYPTION_KEY, DATA_DIR }: Pick<Config, 'ENCRYPTION_KEY' | 'DATA_DIR'>): Buffer => {
  if (ENCRYPTION_KEY) return ENCRYPTION_KEY
  const path = join(DATA_DIR, KEY_FILE)
  const there = readIfThere(path)
  if (there === null && existsSync(join(DATA_DIR, CHECK_FILE))) {
    throw problem('unavailable', `The data in ${DATA_DIR} was sealed with a key that is not there: put ${KEY_FILE} back, or set ENCRYPTION_KEY to that key.`)
  }
  const key = parseKey(path, there ?? createOnce(DATA_DIR, KEY_FILE, newKeyText()))
  keepToOwner(path)
  return key
}

/** What a check file holds. */
export const checkText = (key: Buffer): string => `${createSeal(key).seal(CHECK_VALUE).toString('base64')}\n`

/** Whether the text of a check file was sealed under this key. */
export const opensCheck = (text: string, seal: Seal): boolean => {
  try {
    return seal.unseal(Buffer.from(text, 'base64')) === CHECK_VALUE
  } catch {
    return false
  }
}

const wrongKey = (dataDir: string, more: string): Problem =>
  problem('unavailable', `This encryption key is not the one that the data in ${dataDir} was sealed with. Set ENCRYPTION_KEY to that key, or unset it when the key is in ${KEY_FILE}.${more}`)

/**
 * Makes sure that `key` opens what earlier starts sealed in this folder, and leaves something for later ones to tell by. Overwrites nothing.
 * @param stored some sealed values of the store, asked for where an earlier start has left nothing else to tell by
 * @throws Problem `unavailable` when it does not, or the key is being changed
 */
export const checkEncryptionKey = async (dataDir: string, key: Buffer, stored: () => Promise<readonly Buffer[]>): Promise<void> => {
  if (readIfThere(join(dataDir, NEXT_CHECK_FILE)) !== null)
    throw problem('unavailable', `The change of the encryption key of ${dataDir} has not come to its end. Run "npm run rotate-key" again, with the settings of then.`)
  const found = readIfThere(join(dataDir, CHECK_FILE))
  if (found !== null) {
    if (!opensCheck(found, createSeal(key))) throw wrongKey(dataDir, ` (If ${CHECK_FILE} itself was damaged, remove it.)`)
    return
  }
  const mark = sealMark(key)
  if ((await stored()).some((value) => !value.subarray(0, mark.length).equals(mark))) throw wrongKey(dataDir, '')
  createOnce(dataDir, CHECK_FILE, checkText(key))
}
