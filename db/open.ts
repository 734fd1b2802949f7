import Sqlite from 'better-sqlite3'
import { drizzle, type BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createScanner, type Scanner } from './scan.ts'
import * as schema from './schema.ts'
import { createWriter } from './writer.ts'

export type Query = BetterSQLite3Database<typeof schema>

export type Db = {
  /** Runs `work` whole or not at all, after every write asked for before it; resolves when it is committed. What it awaits may only be queries of `tx`. */
  write<T>(work: (tx: Query) => Promise<T>): Promise<T>
  /** The same, for what is done again if a power cut undoes it: nobody waits for the disk. A process that is killed undoes nothing. */
  writeLazily<T>(work: (tx: Query) => Promise<T>): Promise<T>
  /** Runs `work` on one consistent picture of the store. What it awaits may only be queries of `query`. */
  read<T>(work: (query: Query) => Promise<T>): Promise<T>
  /** Reads what has to look at every row, while others go on; sees all that was committed. */
  scan: Scanner['scan']
  /** Writes the store anew, so that nothing of what was changed or taken away is left in its files. Only while nobody else is at work on it. */
  compact(): Promise<void>
  close(): Promise<void>
}

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url))

const connect = (path: string): Sqlite.Database => {
  const client = new Sqlite(path, { timeout: 10_000 })
  client.pragma('journal_mode = WAL')
  // 0.1 ms a transaction more than NORMAL; then a power cut loses nothing that was answered.
  client.pragma('synchronous = FULL')
  client.pragma('foreign_keys = ON') // SQLite leaves them off unless asked.
  client.pragma('temp_store = MEMORY')
  client.pragma('cache_size = -65536')
  return client
}

/** Reads go one by one on a connection of their own, each in a transaction that shows it one picture of the store. */
const createReader = (client: Sqlite.Database) => {
  const query = drizzle({ client, schema })
  const [begin, end] = [client.prepare('BEGIN'), client.prepare('COMMIT')]
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: (query: Query) => Promise<T>): Promise<T> => {
    const turn = last.then(async () => {
      begin.run()
      try {
        return await work(query)
      } finally {
        // An error may have ended it.
        if (client.inTransaction) end.run()
      }
    })
    last = turn.catch(() => undefined)
    return turn
  }
}

/** Opens the store at `path`, makes it when it is not there, and brings its tables up to date. */
export const openDb = (path: string): Db => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const writer = connect(path)
  // An unknown newer migration is left alone: rolling the server back must not lose data.
  migrate(drizzle({ client: writer }), { migrationsFolder: MIGRATIONS })
  const reader = connect(path)
  reader.pragma('query_only = ON')
  const { write, letCommit } = createWriter(writer)
  const readNext = createReader(reader)
  const scanner = createScanner(path)
  const read: Db['read'] = async (work) => {
    await letCommit()
    return readNext(work)
  }
  return {
    write: (work) => write(work),
    writeLazily: (work) => write(work, { lazily: true }),
    read,
    scan: async (queries, signal) => {
      await letCommit()
      return scanner.scan(queries, signal)
    },
    compact: async () => {
      await write(async () => undefined)
      writer.exec('VACUUM')
      writer.pragma('wal_checkpoint(TRUNCATE)')
    },
    close: async () => {
      await write(async () => undefined)
      await read(async () => undefined)
      await scanner.close()
      reader.close()
      writer.close()
    },
  }
}
