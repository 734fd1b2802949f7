import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { afterEach, expect, test } from 'vitest'
import { openDb } from '../../db/open.ts'
import { schedulesOf } from '../../db/schedules.ts'
import { tempDir } from '../harness.ts'

/** Stores that earlier versions have left. */

const MIGRATIONS = fileURLToPath(new URL('../../db/migrations', import.meta.url))

const dir = tempDir()
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** A store as it was before a migration. */
const storeBefore = (tag: string): Sqlite.Database => {
  const folder = join(dir, 'migrations')
  cpSync(MIGRATIONS, folder, { recursive: true })
  const journal = join(folder, 'meta/_journal.json')
  const all = JSON.parse(readFileSync(journal, 'utf8')) as { entries: { tag: string }[] }
  writeFileSync(journal, JSON.stringify({ ...all, entries: all.entries.slice(0, all.entries.findIndex((entry) => entry.tag === tag)) }))
  const store = new Sqlite(join(dir, 'errand.sqlite'))
  migrate(drizzle({ client: store }), { migrationsFolder: folder })
  return store
}

test('a schedule trigger of before there were schedules shows what its workflow says', async () => {
  const store = storeBefore('0008_schedules')
  const nodes = [
    { identifier: 'nightly', config: { type: 'SCHEDULE_TRIGGER', cron: '0 2 * * *', inputs: { region: 'north' }, catchUp: 'none' } },
    { identifier: 'weekly', config: { type: 'SCHEDULE_TRIGGER', cron: '0 2 * * 1' } },
    { identifier: 'a', config: { type: 'TRANSFORM', value: 1 } },
  ]
  store.prepare('INSERT INTO workflows (id, org, identifier, version, allow_anyone_to_view_runs, created_at, updated_at) VALUES (?, ?, ?, 2, 1, 0, 0)').run('w', 'default', 'report')
  for (const version of [1, 2]) store.prepare('INSERT INTO workflow_versions (workflow_id, version, definition, created_at) VALUES (?, ?, ?, 0)').run('w', version, JSON.stringify({ identifier: 'report', nodes: version === 2 ? nodes : [] }))
  for (const node of ['nightly', 'weekly'])
    store.prepare("INSERT INTO workflow_triggers (workflow_id, org, node_id, type, schedule, next_at) VALUES (?, ?, ?, 'SCHEDULE_TRIGGER', ?, 1)").run('w', 'default', node, JSON.stringify({ cron: '0 2 * * *', timezone: 'UTC' }))
  store.close()
  const db = openDb(join(dir, 'errand.sqlite'))
  expect(await schedulesOf(db, 'w')).toMatchObject([
    { nodeId: 'nightly', inputs: { region: 'north' }, overlap: 'skip', catchUp: 'none' },
    { nodeId: 'weekly', inputs: {}, overlap: 'skip', catchUp: 'latest' },
  ])
  await db.close()
})

test('checkpoints of runs that go on keep the order in which their nodes came to them, and questions of runs that paused for them have been told of', async () => {
  const store = storeBefore('0016_questions_told')
  store.pragma('foreign_keys = OFF')
  const insert = (table: string, row: Record<string, unknown>): void => {
    const columns = store.pragma(`table_info(${table})`) as { name: string; type: string; notnull: number; dflt_value: unknown }[]
    const needed = columns.filter(({ name, notnull, dflt_value: standard }) => name in row || (notnull === 1 && standard === null))
    const values = needed.map(({ name, type }) => row[name] ?? (type === 'integer' ? 0 : '{}'))
    store.prepare(`INSERT INTO ${table} (${needed.map(({ name }) => name).join()}) VALUES (${needed.map(() => '?').join()})`).run(values)
  }
  insert('runs', { id: 'r', state: 'AWAITING_USER_INPUT' })
  const told: [string, string][] = [['asked', 'activity.waiting'], ['beside', 'activity.completed'], ['asked', 'log']]
  for (const [index, [id, type]] of told.entries()) insert('events', { seq: index + 1, run_id: 'r', activity_run_id: id, type })
  for (const id of ['asked', 'beside']) insert('checkpoints', { activity_run_id: id, run_id: 'r', sealed: Buffer.from(id) })
  insert('runs', { id: 's', state: 'IN_PROGRESS', created_at: 1 })
  for (const [id, runId, status] of [['q', 'r', 'pending'], ['answered', 's', 'answered'], ['new', 's', 'pending']]) insert('input_requests', { id, run_id: runId, status, created_at: 7 })
  store.close()
  await openDb(join(dir, 'errand.sqlite')).close()
  const after = new Sqlite(join(dir, 'errand.sqlite'))
  expect(after.prepare('SELECT activity_run_id AS id, seq FROM checkpoints ORDER BY seq').all()).toEqual([{ id: 'asked', seq: 1 }, { id: 'beside', seq: 2 }])
  expect(after.prepare('SELECT id, told_at FROM input_requests ORDER BY created_at, rowid').all()).toEqual([{ id: 'q', told_at: 7 }, { id: 'answered', told_at: 7 }, { id: 'new', told_at: null }])
  after.close()
})
