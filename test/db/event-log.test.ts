import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Change, StoredEvent } from '../../db/change.ts'
import { createEventLog } from '../../db/event-log.ts'
import { createFollowers } from '../../db/followers.ts'
import type { Db } from '../../db/open.ts'
import { takeRun } from '../../db/take-run.ts'
import { problemOf } from '../fake-context.ts'
import { newActivity, openStore, type Store } from '../store.ts'

let store: Store
beforeAll(async () => {
  store = await openStore()
})
afterAll(() => store[Symbol.asyncDispose]())

const record = (runId: string, events: Change['event'][], fence: number | null = null) =>
  store.log.record(
    runId,
    events.map((event) => ({ event })),
    { fence, at: store.now() },
  )
const line = (message: string): Change['event'] => ({ type: 'log', activityId: null, level: 'INFO', message, tags: {} })

/** Everything that the store says of a run, and the counts. */
const everything = (runId: string) => [
  store.query('SELECT * FROM runs WHERE id = ?', runId),
  store.query('SELECT * FROM activity_runs WHERE run_id = ?', runId),
  store.query('SELECT * FROM input_requests WHERE run_id = ?', runId),
  store.query('SELECT * FROM artifacts WHERE run_id = ?', runId),
  store.query('SELECT seq FROM events WHERE run_id = ?', runId),
  store.counts().kept,
]

const read = async (runId: string): Promise<StoredEvent[]> => store.log.after(runId, 0)

describe('record', () => {
  test('changes the row, the counts and the activity run, and appends the events, together', async () => {
    const { id, workflowId } = await store.newRun()
    const activity = newActivity(store.newId())
    const row = await record(id, [{ type: 'run.started' }, { type: 'activity.started', activity, stateName: 'looking' }])
    expect(row).toMatchObject({ state: 'IN_PROGRESS', status: 'running', currentStateName: 'looking' })
    expect(await store.log.run(id)).toEqual(row)
    expect(store.query('SELECT status, attempt FROM activity_runs WHERE run_id = ?', id)).toEqual([{ status: 'running', attempt: 1 }])
    expect((await read(id)).map(({ type }) => type)).toEqual(['run.created', 'run.started', 'activity.started'])
    const { kept, counted } = store.counts()
    expect(kept).toEqual(counted)
    expect(kept[`${workflowId} IN_PROGRESS`]).toBe(1)
  })

  test.each<[string, (runId: string, activityId: string) => Change['event'][]]>([
    ['an event that the state table refuses', () => [line('before'), { type: 'run.cancelling', reason: 'r', force: false }, { type: 'run.completed', outputs: {} }]],
    ['an activity run that cannot take it', (_run, id) => [line('before'), { type: 'activity.completed', activityId: id, outputs: {} }, { type: 'activity.completed', activityId: id, outputs: {} }]],
    ['an activity run that is not there', () => [line('before'), { type: 'activity.completed', activityId: 'nobody', outputs: {} }]],
    ['an activity run that began already', (_run, id) => [{ type: 'activity.scheduled', activity: newActivity(id), dueAt: 1 }]],
    ['a question that is not there', () => [{ type: 'run.awaiting_input', wakeAt: null }, { type: 'input.answered', requestId: 'none', by: null, values: {}, button: null, comments: null }]],
  ])('writes nothing at all of a list in which there is %s', async (_name, events) => {
    const { id } = await store.newRun()
    const activity = newActivity(store.newId())
    await record(id, [{ type: 'run.started' }, { type: 'activity.started', activity, stateName: 's' }])
    const before = everything(id)
    const { code } = await problemOf(() => record(id, events(id, activity.id)))
    expect(['conflict', 'not_found']).toContain(code)
    expect(everything(id)).toEqual(before)
  })

  test('refuses an activity run of another run', async () => {
    const [one, other] = [await store.newRun(), await store.newRun()]
    const activity = newActivity(store.newId())
    await record(one.id, [{ type: 'run.started' }, { type: 'activity.started', activity, stateName: 's' }])
    await record(other.id, [{ type: 'run.started' }])
    const { code } = await problemOf(() => record(other.id, [{ type: 'activity.completed', activityId: activity.id, outputs: {} }]))
    expect(code).toBe('conflict')
  })

  test('an unknown run is not found, and makes none', async () => {
    expect((await problemOf(() => record(store.newId(), [line('x')]))).code).toBe('not_found')
  })

  test('refuses who comes with an older fence, whatever it says', async () => {
    const { id } = await store.newRun()
    const take = () => takeRun(store.db, store.followers, id, { at: store.now(), leaseUntil: store.now() + 60_000, recover: true })
    const [first, second] = [await take(), await take()]
    if (typeof first !== 'object' || typeof second !== 'object') throw new Error('Both were to take it.')
    expect(second.run.fence).toBe(first.run.fence + 1)
    const before = everything(id)
    expect((await problemOf(() => record(id, [line('late')], first.run.fence))).code).toBe('conflict')
    expect(everything(id)).toEqual(before)
    await record(id, [line('in time')], second.run.fence)
  })

  test('of many who end a run at once one does, and the rest are refused', async () => {
    const { id } = await store.newRun()
    await record(id, [{ type: 'run.started' }])
    const error = { code: 'step_failed', message: 'm', stepId: null, activityRunId: null, attempt: null }
    const ends: Change['event'][] = [{ type: 'run.completed', outputs: {} }, { type: 'run.failed', outputs: {}, error }, { type: 'run.cancelled', outputs: {}, error }, { type: 'run.completed_with_no_action_taken', outputs: {}, reason: 'r' }]
    const results = await Promise.allSettled([...ends, ...ends, ...ends].map((event) => record(id, [event])))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await read(id)).filter(({ type }) => ends.some((event) => event.type === type))).toHaveLength(1)
    expect(store.counts().kept).toEqual(store.counts().counted)
  })

  test('many writers of one run lose nothing, and the numbers of the events rise', async () => {
    const { id } = await store.newRun()
    await record(id, [{ type: 'run.started' }])
    await Promise.all(Array.from({ length: 200 }, (_, n) => record(id, [line(`${n}`)])))
    const events = await read(id)
    const lines = events.filter(({ type }) => type === 'log').map(({ data }) => data.message)
    expect(lines).toEqual(Array.from({ length: 200 }, (_, n) => `${n}`))
    expect(events.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(events.map(({ seq }) => seq))
  })

  test('time spent waiting is no time of the run', async () => {
    const { id } = await store.newRun()
    const at = (ms: number, event: Change['event']) => store.log.record(id, [{ event }], { fence: null, at: ms })
    await at(1000, { type: 'run.started' })
    await at(1500, { type: 'run.awaiting_external', wakeAt: 9000 })
    await at(9000, { type: 'run.woken' })
    await at(9100, { type: 'run.started' })
    const { activeMs } = await at(9350, { type: 'run.completed', outputs: {} })
    expect(activeMs).toBe(750)
  })
})

describe('a transaction', () => {
  const insert = (tx: { run(query: ReturnType<typeof sql>): unknown }, name: string) => tx.run(sql`INSERT INTO run_counts (org, workflow_id, state, count) VALUES ('t', ${name}, 'PENDING', 0)`)
  const written = () => store.query<{ name: string }>(`SELECT workflow_id AS name FROM run_counts WHERE org = 't' ORDER BY 1`).map(({ name }) => name)

  test('that fails half-way takes no other write with it', async () => {
    const fails = store.db.write(async (tx) => {
      insert(tx, 'lost')
      await Promise.resolve()
      throw new Error('half-way')
    })
    const goes = store.db.write(async (tx) => void insert(tx, 'kept'))
    await expect(fails).rejects.toThrow('half-way')
    await goes
    expect(written()).toEqual(['kept'])
  })

  test('is seen by readers whole or not at all', async () => {
    const { id } = await store.newRun()
    await record(id, [{ type: 'run.started' }])
    let writing = true
    const writer = (async () => {
      for (let n = 0; n < 100; n++) await record(id, [line('a'), line('b')])
      writing = false
    })()
    while (writing) expect((await read(id)).filter(({ type }) => type === 'log').length % 2).toBe(0)
    await writer
  })
})

test('a read that could not begin is not shared with those who ask later', async () => {
  let failing = true
  const db: Db = { ...store.db, read: (work) => (failing ? Promise.reject(new Error('no more files')) : store.db.read(work)) }
  const log = createEventLog(db, createFollowers())
  const { id } = await store.newRun()
  await expect(log.after(id, 0)).rejects.toThrow('no more files')
  failing = false
  expect(await log.after(id, 0)).toHaveLength(1)
})
