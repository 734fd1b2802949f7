import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Query } from '../../db/open.ts'
import { openStore, type Store } from '../store.ts'

/** What is written in one turn of the event loop shares a commit, and nothing else. */

let store: Store
beforeEach(async () => {
  store = await openStore()
})
afterEach(() => store[Symbol.asyncDispose]())

/** What is committed, as another connection sees it. */
const committed = (): string[] => store.query<{ name: string }>('SELECT name FROM cursors ORDER BY name').map(({ name }) => name)
const put = (tx: Query, name: string) => tx.run(sql`INSERT INTO cursors VALUES (${name}, 1)`)
const write = (name: string, then: (tx: Query) => unknown = () => undefined) =>
  store.db.write(async (tx) => {
    put(tx, name)
    await then(tx)
    return name
  })
const outcomes = async (...writes: Promise<string>[]): Promise<string[]> => (await Promise.allSettled(writes)).map((each) => (each.status === 'fulfilled' ? each.value : `failed: ${(each.reason as Error).message}`))

test('writes of one turn are committed together, in their order, and answered when they are', async () => {
  const seen: string[][] = []
  const [a, b] = [write('a'), write('b', () => seen.push(committed()))]
  expect(await a).toBe('a')
  expect(seen).toEqual([[]])
  expect(committed()).toEqual(['a', 'b'])
  await b
  await write('c', () => seen.push(committed()))
  expect(seen.at(-1)).toEqual(['a', 'b'])
})

describe('a write that fails', () => {
  test('leaves nothing behind and takes nothing with it', async () => {
    const fail = () => {
      throw new Error('No.')
    }
    expect(await outcomes(write('a'), write('b', fail), write('c'), write('a'))).toEqual(['a', 'failed: No.', 'c', expect.stringContaining('failed: Failed to run the query')])
    expect(committed()).toEqual(['a', 'c'])
  })

  test('alone leaves the store ready for the next', async () => {
    expect(await outcomes(store.db.write(() => Promise.reject(new Error('No.'))))).toEqual(['failed: No.'])
    expect(await write('a')).toBe('a')
    expect(committed()).toEqual(['a'])
  })

  test('together with all that SQLite gave up for it is told to those who wrote that, too', async () => {
    const giveUp = (tx: Query) => {
      tx.run(sql`ROLLBACK`)
      throw new Error('The disk is full.')
    }
    expect(await outcomes(write('a'), write('b', giveUp), write('c'))).toEqual(['failed: The disk is full.', 'failed: The disk is full.', 'c'])
    expect(committed()).toEqual(['c'])
  })
})

test('a commit that fails is told to all whose it was; the next goes through', async () => {
  const orphan = (tx: Query) => {
    tx.run(sql`PRAGMA defer_foreign_keys = ON`)
    tx.run(sql`INSERT INTO events (run_id, type, data, at) VALUES ('nobody', 'log', '{}', 1)`)
  }
  const failed = expect.stringMatching(/^failed: .*FOREIGN KEY/)
  expect(await outcomes(write('a'), write('b', orphan))).toEqual([failed, failed])
  expect(committed()).toEqual([])
  expect(await outcomes(write('a'))).toEqual(['a'])
  expect(committed()).toEqual(['a'])
})

test('whoever reads on and on holds up no write', async () => {
  let isWritten = false
  const written = write('a').then(() => (isWritten = true))
  while (!isWritten) await store.db.read(async (query) => query.all(sql`SELECT 1`))
  await written
  expect(committed()).toEqual(['a'])
})

test('only what nobody waits for is not waited for: a write that counts never shares a commit that does not', async () => {
  const levels: number[] = []
  const look = async (tx: Query): Promise<void> => void levels.push(tx.get<{ synchronous: number }>(sql`PRAGMA synchronous`).synchronous)
  const lazily = (name: string) => store.db.writeLazily(async (tx) => (put(tx, name), look(tx)))
  await Promise.all([lazily('a'), lazily('b'), write('c', look), lazily('d'), write('e', look)])
  await lazily('f')
  await write('g', look)
  const [NORMAL, FULL] = [1, 2]
  expect(levels).toEqual([NORMAL, NORMAL, FULL, FULL, FULL, NORMAL, FULL])
  expect(committed()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
})
