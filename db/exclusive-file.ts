import Sqlite from 'better-sqlite3'

/**
 * Holds `path` for this process alone, until it lets go or ends, however it ends: the lock is the operating system's, and SQLite asks for it on
 * every system in the way that system knows.
 * @returns null when another process (or another caller in this one) holds it
 */
export const holdFile = (path: string): { release(): void } | null => {
  const client = new Sqlite(path, { timeout: 0 })
  try {
    client.exec('BEGIN EXCLUSIVE')
    return { release: () => client.close() }
  } catch (error) {
    client.close()
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null
    throw error
  }
}
