import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isUuid } from './model/id.ts'
import { problem } from './model/problem.ts'

/**
 * The files that runs leave, on the local disk: written under a temporary name, hashed, made durable and only then renamed, so that a file
 * with its name is whole. Names are ids; what the portal called the file is a column of the store.
 */
export type ArtifactFiles = {
  /** Stores bytes, or moves the file at `path` in. @throws Problem `step_failed` when the disk refuses it; nothing is left behind then. */
  put(id: string, from: Uint8Array | { path: string }): Promise<{ sizeBytes: number; sha256: string }>
  /** Where the file lies. Only ids lead here: no name of anybody's is part of a path. */
  pathOf(id: string): string
  remove(id: string): Promise<void>
  /** What lies there, known to the store or not, a folder at a time; what came half-way is called by the id that it was to have. */
  list(): AsyncIterable<string[]>
}

const hashFile = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

const reason = (error: unknown): string =>
  error instanceof Error && 'code' in error && error.code === 'ENOSPC' ? 'The disk is full.' : 'The disk refused it.'

/** @param dir where the files lie; made when it is not there */
export const createArtifactFiles = (dir: string): ArtifactFiles => {
  const pathOf = (id: string): string => {
    // Ids come from the store; a check here keeps a mistake elsewhere from becoming a path.
    if (!/^[0-9a-f-]{36}$/.test(id)) throw problem('not_found', `No artifact ${id}.`)
    // The last characters of a UUIDv7 are chance, the first are time: folders fill evenly.
    return join(dir, id.slice(-2), id)
  }
  return {
    pathOf,
    put: async (id, from) => {
      const path = pathOf(id)
      const temporary = `${path}.part`
      try {
        await mkdir(join(path, '..'), { recursive: true, mode: 0o700 })
        if (from instanceof Uint8Array) await pipeline(Readable.from([from]), createWriteStream(temporary, { mode: 0o600 }))
        else await rename(from.path, temporary).catch(() => copyFile(from.path, temporary).then(() => unlink(from.path)))
        const file = await open(temporary, 'r')
        try {
          await file.sync()
        } finally {
          await file.close()
        }
        const [{ size }, sha256] = await Promise.all([
          stat(temporary),
          from instanceof Uint8Array ? createHash('sha256').update(from).digest('hex') : hashFile(temporary),
        ])
        await rename(temporary, path)
        return { sizeBytes: size, sha256 }
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => undefined)
        throw problem('step_failed', `A file could not be stored. ${reason(error)}`, { retryable: false, cause: error })
      }
    },
    remove: async (id) => {
      await rm(pathOf(id), { force: true })
      await rm(`${pathOf(id)}.part`, { force: true })
    },
    async *list() {
      const names = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])
      for (const folder of (await names(dir)).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
        const ids = (await names(join(dir, folder))).map((name) => name.replace(/\.part$/, ''))
        yield [...new Set(ids.filter((id) => isUuid(id) && id.endsWith(folder)))]
      }
    },
  }
}
