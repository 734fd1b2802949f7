import Sqlite from 'better-sqlite3'
import { problem } from '../runner/model/problem.ts'

/**
 * Copies the store at `from` to a new file at `to` while it is in use, as it is at one moment, and makes sure that the copy is whole. Neither is
 * brought up to date: a copy that is made before an upgrade can be used without it.
 * @throws Problem `unavailable` when the copy is not whole
 */
export const copyStore = async (from: string, to: string): Promise<void> => {
  const source = new Sqlite(from, { readonly: true, fileMustExist: true, timeout: 10_000 })
  try {
    // All at once: between two parts a server that writes would make it begin anew, again and again.
    await source.backup(to, { progress: () => 0x7fff_ffff })
  } finally {
    source.close()
  }
  const copy = new Sqlite(to)
  try {
    // One file that is complete without others beside it.
    copy.pragma('journal_mode = DELETE')
    const found = copy.pragma('quick_check', { simple: true })
    if (found !== 'ok') throw problem('unavailable', `The copy of the database is damaged: ${String(found)}`)
  } finally {
    copy.close()
  }
}

/** The files that a copy knows of. */
export const filesOf = (path: string): { id: string; sizeBytes: number }[] => {
  const copy = new Sqlite(path, { readonly: true })
  try {
    return copy.prepare('SELECT id, size_bytes AS sizeBytes FROM artifacts ORDER BY id').all() as { id: string; sizeBytes: number }[]
  } finally {
    copy.close()
  }
}
