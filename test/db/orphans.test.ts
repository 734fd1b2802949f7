import Sqlite from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { expect, test } from 'vitest'
import type { Db } from '../../db/open.ts'
import { findOrphans } from '../../db/orphans.ts'
import * as schema from '../../db/schema.ts'
import { openStore } from '../store.ts'

test('orphans are looked for among the open runs that another waits for, not among all', async () => {
  await using store = await openStore()
  const asked: { text: string; values: unknown[] }[] = []
  const client = new Sqlite(store.path, { readonly: true })
  const query = drizzle({ client, schema, logger: { logQuery: (text, values) => void asked.push({ text, values }) } })
  await findOrphans({ read: (work) => work(query) } as Db, 10)
  const plan = client.prepare(`EXPLAIN QUERY PLAN ${asked[0]!.text}`).all(...asked[0]!.values) as { detail: string }[]
  client.close()
  expect(plan[0]!.detail).toBe('SCAN runs USING INDEX runs_awaited')
  expect(plan.filter(({ detail }) => /^SCAN|TEMP B-TREE/.test(detail))).toHaveLength(1)
})
