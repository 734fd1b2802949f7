import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDb, type Db } from '../../db/open.ts'
import { secrets } from '../../db/schema.ts'
import { tempDir } from '../harness.ts'

let dir: string
let db: Db
beforeEach(() => {
  dir = tempDir()
  db = openDb(join(dir, 'errand.sqlite'))
})
afterEach(async () => {
  await db.close()
  rmSync(dir, { recursive: true, force: true })
})

const asked = (sql: string, ...params: unknown[]) => ({ toSQL: () => ({ sql, params }) })
const counting = (to: number) => asked('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT count(*) FROM n', to)

test('what is asked together is answered in order, a list of columns for each row', async () => {
  expect(await db.scan([asked('SELECT 1, ?', 'a'), counting(3), asked('SELECT 1 WHERE 0')])).toEqual([[[1, 'a']], [[3]], []])
})

test('what was written is seen', async () => {
  for (let n = 1; n <= 3; n++) {
    await db.write(async (tx) => void tx.run(`INSERT INTO cursors (name, seq) VALUES ('c${n}', ${n})`))
    expect(await db.scan([asked('SELECT count(*) FROM cursors')])).toEqual([[[n]]])
  }
})

test('nobody else waits for it', async () => {
  // The thread is there.
  await db.scan([counting(1)])
  let isOver = false
  const slow = db.scan([counting(1_000_000)]).finally(() => {
    isOver = true
  })
  expect(await db.read(async (query) => query.select().from(secrets))).toEqual([])
  await db.write(async (tx) => void tx.run(`INSERT INTO cursors (name, seq) VALUES ('a', 1)`))
  expect(isOver).toBe(false)
  expect(await slow).toEqual([[[1_000_000]]])
})

test('it writes nothing, and a fault is told to who asked alone', async () => {
  const [faulty, good] = await Promise.allSettled([db.scan([asked('DELETE FROM cursors RETURNING *')]), db.scan([counting(2)])])
  expect(faulty).toMatchObject({ status: 'rejected', reason: expect.objectContaining({ message: expect.stringContaining('readonly') }) })
  expect(good).toMatchObject({ status: 'fulfilled', value: [[[2]]] })
})

test('what nobody waits for any more is not looked for, and makes room', async () => {
  const callers = Array.from({ length: 29 }, () => new AbortController())
  const first = db.scan([counting(100_000)])
  const others = callers.map(({ signal }) => db.scan([counting(1_000_000_000)], signal))
  await expect(db.scan([counting(1)])).rejects.toMatchObject({ message: expect.stringContaining('Too many') })
  for (const caller of callers) caller.abort()
  for (const { status } of await Promise.allSettled(others)) expect(status).toBe('rejected')
  await expect(db.scan([counting(1)], AbortSignal.abort())).rejects.toMatchObject({ code: 'unavailable' })
  expect(await Promise.all([first, db.scan([counting(1)])])).toEqual([[[[100_000]]], [[[1]]]])
})

test('who comes when very many wait is told to come again', async () => {
  const all = await Promise.allSettled(Array.from({ length: 40 }, () => db.scan([counting(1_000)])))
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(30)
  expect(all.at(-1)).toMatchObject({ reason: { code: 'unavailable', retryable: true } })
  expect(await db.scan([counting(1)])).toEqual([[[1]]])
})
