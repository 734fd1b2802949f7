import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { holdFile } from '../db/exclusive-file.ts'
import { problem } from '../runner/model/problem.ts'

export type DataDirLock = AsyncDisposable & { close(): Promise<void> }

/**
 * Two servers on one data folder would both take up the same runs and sweep each other's files. The lock goes with the process.
 * @throws Problem `unavailable` when another server has the folder
 */
export const lockDataDir = async (dir: string): Promise<DataDirLock> => {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const held = holdFile(join(dir, 'server.lock'))
  if (!held) throw problem('unavailable', `Another Errand server is at work on ${dir}. Stop it first, or give this one a DATA_DIR of its own.`)
  const close = async (): Promise<void> => held.release()
  return { close, [Symbol.asyncDispose]: close }
}
