import type Sqlite from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import type { Query } from './open.ts'
import * as schema from './schema.ts'

/**
 * What is written goes one by one on one connection: Drizzle's queries here are synchronous under their promises, but two callers' awaits could
 * still interleave, and then one's rollback would take the other's answered write with it. What is asked for in one turn of the event loop
 * shares a commit, and so one wait for the disk: that is what a write costs most. Each is a savepoint of its own, and is answered when it is
 * committed.
 */
export type Writer = {
  /** @param lazily whether nobody waits for the disk */
  write<T>(work: (query: Query) => Promise<T>, options?: { lazily?: boolean }): Promise<T>
  /** To be awaited before each read: one who reads on and on never lets the turn end, and nothing would be committed. */
  letCommit(): Promise<void>
}

type Group = {
  isLazy: boolean
  /** Reads since it was begun. */
  reads: number
  committed: Promise<void>
  settle(): void
  fail(error: unknown): void
}

/** So many reads go before a commit that is due. */
const READS_BEFORE = 10

export const createWriter = (client: Sqlite.Database): Writer => {
  const query = drizzle({ client, schema })
  const statement = (text: string) => {
    const prepared = client.prepare(text)
    return (): void => void prepared.run()
  }
  const [begin, commit, rollback] = [statement('BEGIN IMMEDIATE'), statement('COMMIT'), statement('ROLLBACK')]
  const [mark, keep, undo] = [statement('SAVEPOINT one'), statement('RELEASE one'), statement('ROLLBACK TO one')]
  const waitForDisk = (whether: boolean): void => void client.pragma(`synchronous = ${whether ? 'FULL' : 'NORMAL'}`)
  let last: Promise<unknown> = Promise.resolve()
  let group: Group | null = null

  /** @param work what is done to end it; when it throws, all of the group has failed */
  const end = (ending: Group, work: () => void): void => {
    if (group !== ending) return
    group = null
    try {
      work()
      ending.settle()
    } catch (error) {
      // A failed COMMIT (a full disk) may have rolled back by itself.
      if (client.inTransaction) rollback()
      ending.fail(error)
    } finally {
      if (ending.isLazy) waitForDisk(true)
    }
  }

  const start = (isLazy: boolean): void => {
    // Not to be said inside of a transaction.
    if (isLazy) waitForDisk(false)
    try {
      begin()
    } catch (error) {
      if (isLazy) waitForDisk(true)
      throw error
    }
  }

  const newGroup = (isLazy: boolean): Group => {
    start(isLazy)
    const begun = { isLazy, reads: 0 } as Group
    begun.committed = new Promise((resolve, reject) => Object.assign(begun, { settle: resolve, fail: reject }))
    // Nobody may be left to hear it: where every write of the group has failed by itself.
    begun.committed.catch(() => undefined)
    setImmediate(() => {
      last = last.then(() => end(begun, commit))
    })
    return begun
  }

  const join = (isLazy: boolean): Group => {
    // One that nobody waits for is no good to who does.
    if (group?.isLazy && !isLazy) end(group, commit)
    return (group ??= newGroup(isLazy))
  }

  return {
    write: (work, { lazily = false } = {}) => {
      const turn = last.then(async () => {
        const joined = join(lazily)
        mark()
        try {
          const value = await work(query)
          keep()
          return { value, joined }
        } catch (error) {
          if (client.inTransaction) {
            undo()
            keep()
          } else {
            // SQLite has given up all of it (a full disk, again): so have those that came before.
            end(joined, () => {
              throw error
            })
          }
          throw error
        }
      })
      last = turn.catch(() => undefined)
      return turn.then(async ({ value, joined }) => {
        await joined.committed
        return value
      })
    },
    letCommit: async () => {
      if (group && ++group.reads > READS_BEFORE) await group.committed.catch(() => undefined)
    },
  }
}
