import { afterAll, beforeAll, expect, test } from 'vitest'
import { purgedFiles, purgeRuns, type FilePlace } from '../../db/purge.ts'
import { openStore, type Store } from '../store.ts'

/** What is marked goes in steps, whatever cannot go, and whoever takes the steps comes to an end. */

let store: Store
beforeAll(async () => {
  store = await openStore()
})
afterAll(() => store[Symbol.asyncDispose]())

const marked = async (files: number): Promise<string> => {
  const { id } = await store.newRun()
  const values = Array.from({ length: files }, () => `('${store.newId()}', 'default', '${id}', 'w', 'download', 'f', 'text/plain', 1, 'x', 0)`)
  await store.db.write(async (tx) => {
    if (files > 0) tx.run(`INSERT INTO artifacts (id, org, run_id, workflow_id, type, name, mime_type, size_bytes, sha256, created_at) VALUES ${values.join(', ')}`)
    tx.run(`UPDATE runs SET purged_at = 1 WHERE id = '${id}'`)
  })
  return id
}

test('runs whose files stay keep no other from going, however small the steps', async () => {
  const stuck = [await marked(1), await marked(3), await marked(2)]
  const others = [await marked(0), await marked(0)]
  const open = await store.newRun()
  for (const limit of [1, 2, 3]) {
    let steps = 0
    for (let run: string | null = ''; run !== null; steps++) run = await purgeRuns(store.db, run, limit)
    expect(steps).toBeLessThan(30)
  }
  expect(store.query<{ id: string }>('SELECT id FROM runs ORDER BY id').map(({ id }) => id)).toEqual([...stuck, open.id])
  expect(store.query('SELECT 1 FROM events WHERE run_id IN (SELECT value FROM json_each(?))', JSON.stringify([...stuck, ...others]))).toEqual([])
})

test('all their files are given once, in steps of any size', async () => {
  const all = store.query<{ id: string }>('SELECT id FROM artifacts ORDER BY run_id, id').map(({ id }) => id)
  expect(all).toHaveLength(6)
  for (const limit of [1, 2, 4, 50]) {
    const given: string[] = []
    for (let place: FilePlace | null = { runId: '', id: '' }; place !== null; ) {
      const { ids, next }: { ids: string[]; next: FilePlace | null } = await purgedFiles(store.db, place, limit)
      expect(ids.length).toBeLessThanOrEqual(limit)
      given.push(...ids)
      place = next
    }
    expect(given).toEqual(all)
  }
})
