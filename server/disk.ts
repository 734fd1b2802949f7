import { stat, statfs } from 'node:fs/promises'
import { databasePath, type Config } from './config.ts'

const sizeOf = async (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  )

/** How large the database is, with what is not yet moved into it, and how much room there is beside it. In bytes. */
export const diskUse = async (config: Pick<Config, 'DATA_DIR'>): Promise<{ databaseBytes: number; freeBytes: number; totalBytes: number }> => {
  const path = databasePath(config)
  const [database, log, disk] = await Promise.all([sizeOf(path), sizeOf(`${path}-wal`), statfs(config.DATA_DIR)])
  return { databaseBytes: database + log, freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize }
}
