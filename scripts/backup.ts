/** Copies a data folder while a server is at work on it: the database as it is at one moment, and every file that it knows of. */
import { existsSync, realpathSync } from 'node:fs'
import { copyFile, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { copyStore, filesOf } from '../db/copy.ts'
import { holdFile } from '../db/exclusive-file.ts'
import { createArtifactFiles } from '../runner/artifacts.ts'
import { Problem, problem } from '../runner/model/problem.ts'
import { artifactsPath, databasePath, readConfig } from '../server/config.ts'
import { CHECK_FILE, KEY_FILE, NEXT_CHECK_FILE } from '../server/encryption-key.ts'
import { BACKUP_LOCK } from '../server/retention.ts'

const USAGE = `Usage:
  npm run backup -- --to FOLDER [--with-key]
      makes a folder of its own in FOLDER, and prints its path, alone, on the last line.

  --with-key  puts the encryption key from DATA_DIR into it, too: whoever has such a backup can read every secret in it
The data is that in DATA_DIR, as for the server, which may run meanwhile.`

class UsageError extends Error {}

type Command = { to: string; withKey: boolean }

/** @throws UsageError */
const readCommand = (args: string[]): Command => {
  let values
  try {
    values = parseArgs({ args, options: { to: { type: 'string' }, 'with-key': { type: 'boolean' } } }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  if (values.to === undefined || values.to.trim() === '') throw new UsageError('--to is missing.')
  return { to: resolve(values.to), withKey: values['with-key'] === true }
}

const LOCK_TRIES = 300

/** Nothing is taken away by the server while this is held. @throws Problem `conflict` when another backup is under way */
const lockBackup = async (dataDir: string): Promise<{ release(): void }> => {
  for (let tries = 0; tries < LOCK_TRIES; tries++) {
    const held = holdFile(join(dataDir, BACKUP_LOCK))
    if (held) return held
    await sleep(100)
  }
  throw problem('conflict', `Another backup of ${dataDir} is under way.`)
}

/** Copies a file and sees to it that a power cut does not undo that. */
const copyDurably = async (from: string, to: string): Promise<void> => {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  await copyFile(from, to)
  const file = await open(to, 'r+')
  try {
    await file.chmod(0o600)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** @returns the ids of files that are not there, or not as the database knows them */
const copyFiles = async (from: string, to: string, known: readonly { id: string; sizeBytes: number }[]): Promise<string[]> => {
  const [source, target] = [createArtifactFiles(from), createArtifactFiles(to)]
  const missing: string[] = []
  for (const { id, sizeBytes } of known) {
    const size = await stat(source.pathOf(id)).then(
      (found) => found.size,
      () => null,
    )
    if (size === null || size !== sizeBytes) missing.push(id)
    if (size !== null) await copyDurably(source.pathOf(id), target.pathOf(id))
  }
  return missing
}

const stampOf = (at: Date): string => at.toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-')

type Config = ReturnType<typeof readConfig>

const backup = async (config: Config, { to, withKey }: Command, say: Pick<Console, 'log' | 'error'>): Promise<string> => {
  const { DATA_DIR } = config
  if (to === resolve(DATA_DIR)) throw new UsageError('--to must not be DATA_DIR itself.')
  if (withKey && !existsSync(join(DATA_DIR, KEY_FILE))) throw new UsageError(`--with-key: there is no ${KEY_FILE} in ${DATA_DIR}; the key is the one in ENCRYPTION_KEY.`)
  if (!existsSync(databasePath(config))) throw problem('unavailable', `There is no database in ${DATA_DIR}.`)
  const target = join(to, `errand-${stampOf(new Date())}`)
  // It gets its name when it is whole.
  const draft = `${target}.partial`
  if (existsSync(target) || existsSync(draft)) throw problem('conflict', `There is a ${basename(target)} in ${to} already.`)
  await mkdir(draft, { recursive: true, mode: 0o700 })
  try {
    const lock = await lockBackup(DATA_DIR)
    try {
      if (existsSync(join(DATA_DIR, NEXT_CHECK_FILE))) throw problem('conflict', 'The change of the encryption key has not come to its end: what is sealed under two keys is no backup. Run "npm run rotate-key" first.')
      const copied = databasePath({ DATA_DIR: draft })
      await copyStore(databasePath(config), copied)
      const known = filesOf(copied)
      const missing = await copyFiles(artifactsPath(config), artifactsPath({ DATA_DIR: draft }), known)
      for (const id of missing.slice(0, 10)) say.error(`The file of artifact ${id} is not there, or not whole.`)
      if (missing.length > 10) say.error(`And ${missing.length - 10} more.`)
      say.log(`The database and ${known.length - missing.length} of ${known.length} files.`)
      for (const name of [CHECK_FILE, ...(withKey ? [KEY_FILE] : [])]) if (existsSync(join(DATA_DIR, name))) await copyDurably(join(DATA_DIR, name), join(draft, name))
    } finally {
      lock.release()
    }
    await rename(draft, target)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw error
  }
  say.log(withKey ? 'With the encryption key: keep it as you would keep the secrets.' : `Without the encryption key: keep ${join(DATA_DIR, KEY_FILE)}, or ENCRYPTION_KEY, elsewhere. Nothing in it starts without that key.`)
  return target
}

/**
 * Makes a backup and tells of it, its path alone on the last line.
 * @returns the exit code: 1 when it could not be made, 2 when the arguments make no sense
 */
export const runBackupCommand = async (args: string[], env: NodeJS.ProcessEnv, say: Pick<Console, 'log' | 'error'>): Promise<number> => {
  try {
    const command = readCommand(args)
    say.log(await backup(readConfig(env), command, say))
    return 0
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof Problem || (error instanceof Error && 'code' in error))) throw error
    say.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error.message)
    return error instanceof UsageError ? 2 : 1
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  process.exitCode = await runBackupCommand(process.argv.slice(2), process.env, console)
}
