import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ENTITY_CHANGES } from '../../db/entities.ts'
import { readCursor } from '../../db/cursors.ts'
import { createClock } from '../../server/clock.ts'
import { startTestServer, tempDir, type Json, type TestServer } from '../harness.ts'
import { as, CALLERS } from './callers.ts'

let server: TestServer
let dataDir: string
let nowMs: number | null
const clock = { ...createClock(), now: () => nowMs ?? Date.now() }
const open = () => startTestServer(CALLERS, { dataDir, clock })
beforeEach(async () => {
  nowMs = null
  dataDir = tempDir()
  server = await open()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
})

const trigger = (event: Json = {}, rest: Json = {}): Json => ({ identifier: 'on_event', config: { type: 'EVENT_TRIGGER', event: { type: 'ENTITY_CREATED', blueprintIdentifier: 'service', ...event }, ...rest } })
const when = (...expressions: string[]): Json => ({ condition: { type: 'JQ', expressions } })
const echo: Json = { identifier: 'echo', config: { type: 'TRANSFORM', value: '{{ .outputs.on_event }}' } }
const save = (identifier: string, node: Json, nodes: Json[] = [echo]) => server.save({ identifier, nodes: [node, ...nodes] })
const upsert = (identifier: string, properties: Json = {}) => server.call('POST', '/v1/blueprints/service/entities?upsert=true&merge=true', { identifier, properties })

/** Resolves when every change so far has been looked at. */
const caughtUp = async () => {
  const { db } = server.server.services
  for (;;) {
    const [last] = look<{ seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM entity_changes')
    if ((await readCursor(db, 'event-triggers')) >= (last?.seq ?? 0)) return
    await new Promise(setImmediate)
  }
}
const look = <T>(sql: string): T[] => {
  const store = new Sqlite(join(dataDir, 'errand.sqlite'))
  try {
    return store.prepare(sql).all() as T[]
  } finally {
    store.close()
  }
}
/** The runs that changes have started, oldest first, ended. */
const started = async () => {
  await caughtUp()
  const { body } = await server.call('GET', '/api/v1/workflow-runs?limit=100')
  return Promise.all((body.workflowRuns as Json[]).reverse().map(async ({ id }) => (await server.settled(id)).workflowRun))
}

test('each kind of change starts its run with what was before and after', async () => {
  await save('all', trigger({ type: 'ANY_ENTITY_CHANGE' }))
  await upsert('a', { x: 1 })
  await upsert('a', { x: 1 })
  await upsert('a', { x: 2 })
  await server.call('DELETE', '/v1/blueprints/service/entities/a')
  const runs = await started()
  const context = { blueprintIdentifier: 'service', entityIdentifier: 'a' }
  const entity = (x: number) => expect.objectContaining({ identifier: 'a', blueprint: 'service', properties: { x } })
  expect(runs.map(({ outputs }) => outputs.echo)).toEqual([
    { action: 'CREATE', context, diff: { before: null, after: entity(1) } },
    { action: 'UPDATE', context, diff: { before: entity(1), after: entity(2) } },
    { action: 'DELETE', context, diff: { before: entity(2), after: null } },
  ])
  const { activityRuns } = await server.get(runs[0]!.id)
  expect(activityRuns[0]).toMatchObject({ stepId: 'on_event', kind: 'trigger', status: 'completed', outputs: { action: 'CREATE' } })
})

test.each([
  ['all hold', ['.diff.after.properties.tier == "gold"', '.action == "CREATE"'], 'and', ['gold']],
  ['one holds', ['.diff.after.properties.tier == "gold"', '.context.entityIdentifier == "tin"'], 'or', ['gold', 'tin']],
  ['what is not true does not count', ['.diff.after.properties.tier'], 'and', []],
])('conditions: %s', async (_name, expressions, combinator, expected) => {
  await save('some', trigger({}, { condition: { type: 'JQ', expressions, combinator } }))
  for (const tier of ['gold', 'tin', 'iron']) await upsert(tier, { tier })
  expect((await started()).map(({ outputs }) => (outputs.echo as Json).context.entityIdentifier)).toEqual(expected)
})

test('a condition that fails starts nothing, and does not stop the others', async () => {
  await save('broken', trigger({}, when('error("no")')))
  await save('sound', trigger())
  await upsert('a')
  await upsert('b')
  expect((await started()).map(({ workflowIdentifier }) => workflowIdentifier)).toEqual(['sound', 'sound'])
})

test('only the latest version, published and not deleted, of the same org counts', async () => {
  const changed = await save('changed', trigger())
  await server.call('PATCH', `/api/v1/workflows/${changed.id}`, { nodes: [trigger({ blueprintIdentifier: 'other' }), echo] })
  const deleted = await save('deleted', trigger())
  await server.call('DELETE', `/api/v1/workflows/${deleted.id}`)
  await save('draft', trigger({}, { published: false }))
  const other = await as(server, { sub: 'u', org: 'acme' })
  await other.call('POST', '/api/v1/workflows', { identifier: 'foreign', nodes: [trigger(), echo] })
  await upsert('a')
  expect(await started()).toEqual([])
  expect(look('SELECT DISTINCT org, blueprint FROM workflow_triggers ORDER BY 1')).toEqual([{ org: 'acme', blueprint: 'service' }, { org: 'default', blueprint: 'other' }])
})

test('a change that is told of again after a stop starts no second run', async () => {
  await save('once', trigger())
  await upsert('a')
  await upsert('b')
  expect(await started()).toHaveLength(2)
  await server.server.stop()
  look("UPDATE cursors SET seq = 0 WHERE name = 'event-triggers' RETURNING seq")
  // Longer ago than other callers' keys are kept.
  look('UPDATE idempotency_keys SET created_at = 0 RETURNING 1')
  server = await open()
  await upsert('c')
  expect(await started()).toHaveLength(3)
})

test('what was not told of before a stop is told of after it', async () => {
  await save('later', trigger())
  await upsert('a')
  await started()
  await server.server.stop()
  look(`INSERT INTO entity_changes (org, blueprint, identifier, action, after, at) VALUES ('default', 'service', 'missed', 'CREATE', '{"identifier":"missed"}', 1) RETURNING seq`)
  server = await open()
  expect((await started()).map(({ outputs }) => (outputs.echo as Json).context.entityIdentifier)).toEqual(['a', 'missed'])
})

test('a moment in a property starts the trigger that waits for it when it comes', async () => {
  await save('expired', trigger({ type: 'TIMER_EXPIRED', propertyIdentifier: 'ends' }))
  await save('created', trigger())
  const ends = Date.now() + 3_600_000
  await upsert('a', { ends: new Date(ends).toISOString(), other: new Date(ends).toISOString() })
  expect((await started()).map(({ workflowIdentifier }) => workflowIdentifier)).toEqual(['created'])
  nowMs = ends
  server.server.services.followers.wake(ENTITY_CHANGES)
  for (;;) if (look("SELECT 1 FROM entity_changes WHERE action = 'TIMER_EXPIRED'").length === 2) break
    else await new Promise(setImmediate)
  const runs = await started()
  expect(runs.slice(1).map(({ outputs }) => outputs.echo)).toMatchObject([{ action: 'TIMER_EXPIRED', context: { entityIdentifier: 'a', propertyIdentifier: 'ends' } }])
})

test('a workflow that writes what started it comes to rest', async () => {
  const write = { identifier: 'write', config: { type: 'UPSERT_ENTITY', blueprintIdentifier: 'service', mapping: { identifier: '{{ .inputs.context.entityIdentifier }}', properties: { count: '{{ [(.inputs.diff.after.properties.count // 0) + 1, 3] | min }}' } } } }
  await save('self', trigger({ type: 'ANY_ENTITY_CHANGE' }), [write])
  await upsert('a')
  let runs = await started()
  while (runs.length !== (runs = await started()).length);
  expect(runs.map(({ outputs }) => (outputs.write as Json).changed)).toEqual([true, true, true, false])
})

test('faults are told on save, a program that does not compile with its place', async () => {
  const { body } = await server.call('POST', '/api/v1/workflows/validate', { identifier: 'x', nodes: [trigger({ type: 'TIMER_EXPIRED' }, when('true', '.a ==\n')), echo] })
  expect(body.faults.map(({ path, code }: Json) => `${path} ${code}`)).toEqual(['nodes[0].config.event.propertyIdentifier custom', 'nodes[0].config.condition.expressions[1] template_error'])
  expect(body.faults[1].message).toMatch(/\(line 1\)|\(line 2\)/)
})

test('a workflow that only events start is not started by a call', async () => {
  const { id } = await save('events_only', trigger())
  expect((await server.call('POST', '/api/v1/workflow-runs', { workflowId: id })).status).toBe(409)
})
