import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore, type Store } from '../store.ts'

let store: Store
beforeAll(async () => {
  store = await openStore()
})
afterAll(() => store[Symbol.asyncDispose]())

const write = (runId: string, message: string) => store.log.record(runId, [{ event: { type: 'log', activityId: null, level: 'INFO', message, tags: {} } }], { fence: null, at: store.now() })

test('200 followers, who come and go while others write, lose nothing and see nothing twice', async () => {
  const { id } = await store.newRun()
  const other = await store.newRun()
  await store.log.record(id, [{ event: { type: 'run.started' } }], { fence: null, at: store.now() })
  await store.log.record(other.id, [{ event: { type: 'run.started' } }], { fence: null, at: store.now() })
  const WRITES = 80

  /** Follows to the end, leaving and coming back with its cursor after every few pages. */
  const follow = async (number: number): Promise<number[]> => {
    const seen: number[] = []
    for (;;) {
      const stop = new AbortController()
      let pages = 0
      for await (const page of store.log.follow(id, seen.at(-1) ?? 0, stop.signal)) {
        seen.push(...page.map(({ seq }) => seq))
        if (page.at(-1)!.data.message === 'last') return seen
        if (++pages > number % 7) break
        // Some read slowly: they fall behind and must catch up.
        if (number % 10 === 0) await new Promise(setImmediate)
      }
      stop.abort()
    }
  }
  const followers = Array.from({ length: 200 }, (_, number) => follow(number))
  for (let n = 0; n < WRITES; n++) await Promise.all([write(id, `${n}`), write(other.id, `${n}`)])
  await write(id, 'last')
  const expected = store.query<{ seq: number }>('SELECT seq FROM events WHERE run_id = ? ORDER BY seq', id).map(({ seq }) => seq)
  expect(expected).toHaveLength(WRITES + 3)
  for (const seen of await Promise.all(followers)) expect(seen).toEqual(expected)
})

test('one who follows from the start of a long log gets it in pages, whole', async () => {
  const { id } = await store.newRun()
  await store.log.record(id, [{ event: { type: 'run.started' } }], { fence: null, at: store.now() })
  await store.log.record(id, Array.from({ length: 1200 }, (_, n) => ({ event: { type: 'log' as const, activityId: null, level: 'INFO', message: `${n}`, tags: {} } })), { fence: null, at: store.now() })
  const pages: number[] = []
  for await (const page of store.log.follow(id, 0, new AbortController().signal)) {
    pages.push(page.length)
    if (page.at(-1)!.data.message === '1199') break
  }
  expect(pages).toEqual([500, 500, 202])
})

test('one who waits for a quiet run is let go when it aborts', async () => {
  const { id } = await store.newRun()
  const stop = new AbortController()
  const following = (async () => {
    for await (const page of store.log.follow(id, 0, stop.signal)) if (page.length > 0) setImmediate(() => stop.abort())
  })()
  await following
})
