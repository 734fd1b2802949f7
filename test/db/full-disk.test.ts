import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { endRun } from '../../db/end-run.ts'
import { takeRun } from '../../db/take-run.ts'
import { openStore, type Store } from '../store.ts'

let store: Store
beforeEach(async () => {
  store = await openStore()
})
afterEach(() => store[Symbol.asyncDispose]())

/** As a disk without space does it: the file may not grow past what it is now, or it may again. */
const limit = (pages: number | 'none') =>
  store.db.write(async (tx) => {
    const { count } = tx.get<{ count: number }>(sql`SELECT page_count AS count FROM pragma_page_count()`)
    tx.get(sql.raw(`PRAGMA max_page_count = ${pages === 'none' ? 1_000_000_000 : count + pages}`))
  })
const line = (message: string) => ({ event: { type: 'log' as const, activityId: null, level: 'INFO', message, tags: {} } })

test('a full disk refuses writes whole: what was answered stays, nothing half-written comes in, and it goes on when there is space again', async () => {
  const { id } = await store.newRun()
  const taken = await takeRun(store.db, store.followers, id, { at: store.now(), leaseUntil: store.now() + 60_000, recover: false })
  if (typeof taken !== 'object') throw new Error('It was to be taken.')
  const { fence } = taken.run
  await limit(4)
  let written = 0
  let refused: unknown = null
  while (!refused && written < 1000)
    await store.log.record(id, [line('x'.repeat(3000)), line(`${written}`)], { fence, at: store.now() }).then(
      () => written++,
      (error: unknown) => {
        refused = error
      },
    )
  expect(String(refused)).toContain('full')
  // Several at once, and ends too: none of them may leave the connection in a transaction.
  const more = await Promise.allSettled([1, 2, 3].map(() => store.log.record(id, [line('y'.repeat(20_000))], { fence, at: store.now() })))
  expect(more.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  const messages = async () => (await store.log.after(id, 0)).filter(({ type }) => type === 'log').map(({ data }) => String(data.message).length > 100 ? 'filler' : data.message)
  expect(await messages()).toEqual(Array.from({ length: written }, (_, n) => ['filler', `${n}`]).flat())
  expect(store.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
  expect(store.counts().kept).toEqual(store.counts().counted)

  await limit('none')
  await store.log.record(id, [line('space again')], { fence, at: store.now() })
  expect((await messages()).at(-1)).toBe('space again')
  await endRun(store.db, store.followers, id, { type: 'run.completed' }, { fence, at: store.now() })
  expect((await store.log.run(id)).state).toBe('COMPLETED')
  expect(store.counts().kept).toEqual(store.counts().counted)
})
