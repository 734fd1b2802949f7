import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerInputRequest } from '../../db/input-requests.ts'
import { readArrivals } from '../../db/arrivals.ts'
import { cancelRun, endRun } from '../../db/end-run.ts'
import type { Change } from '../../db/change.ts'
import { pauseRun } from '../../db/pause-run.ts'
import { rerunSource } from '../../db/rerun-source.ts'
import { openRuns, renewLeases, takeRun, wakeDueRuns } from '../../db/take-run.ts'
import type { NewActivity } from '../../runner/model/event.ts'
import { problemOf } from '../fake-context.ts'
import { newActivity, openStore, type Store } from '../store.ts'

let store: Store
beforeAll(async () => {
  store = await openStore()
})
afterAll(() => store[Symbol.asyncDispose]())

const take = async (id: string, { recover = false, at = store.now(), leaseMs = 60_000 } = {}) => takeRun(store.db, store.followers, id, { at, leaseUntil: at + leaseMs, recover })
const taken = async (id: string, options?: Parameters<typeof take>[1]) => {
  const found = await take(id, options)
  if (typeof found !== 'object') throw new Error(`Not taken: ${found}`)
  return found
}
const record = (id: string, events: Change['event'][], fence: number | null = null) => store.log.record(id, events.map((event) => ({ event })), { fence, at: store.now() })
const error = { code: 'step_failed', message: 'm', stepId: null, activityRunId: null, attempt: null }
const types = async (id: string) => (await store.log.after(id, 0)).map(({ type }) => type)
const request = (activityId: string) => ({ id: store.newId(), activityId, stepName: 's', title: 't', description: null, schema: {}, buttons: [], responders: null, screenshotArtifactId: null, account: null, expiresAt: store.now() + 60_000 })
const answer = { values: {}, sealed: () => Buffer.alloc(0), button: null, comments: null, by: null }

/** A run that executes and asks one question. */
const asking = async () => {
  const { id } = await store.newRun()
  const { run } = await taken(id)
  const activity = newActivity(store.newId())
  const question = request(activity.id)
  await record(id, [{ type: 'activity.started', activity, stateName: 's' }, { type: 'activity.waiting', activityId: activity.id, dueAt: null, waitsFor: 'input' }, { type: 'input.requested', request: question }], run.fence)
  const pause = () => pauseRun(store.db, store.followers, id, { type: 'run.awaiting_input', wakeAt: question.expiresAt }, { fence: run.fence, at: store.now() })
  return { id, fence: run.fence, activityId: activity.id, questionId: question.id, pause }
}

describe('taking a run', () => {
  test('is for one: the other finds it held, until the lease has run out', async () => {
    const { id } = await store.newRun()
    const at = store.now()
    const results = await Promise.all([take(id, { at, leaseMs: 1000 }), take(id, { at, leaseMs: 1000 })])
    expect(results.map((result) => (typeof result === 'object' ? 'taken' : result))).toEqual(['taken', 'held'])
    expect(await take(id, { at: at + 999 })).toBe('held')
    const next = await taken(id, { at: at + 1000 })
    expect(next.run.fence).toBe(2)
    expect((await types(id)).slice(-3)).toEqual(['run.started', 'run.handed_back', 'run.started'])
    expect(next.run.leaseUntil).not.toBeNull()
  })

  test('overruns a live lease only where nobody else can be alive', async () => {
    const { id } = await store.newRun()
    await taken(id)
    expect(await take(id)).toBe('held')
    expect((await taken(id, { recover: true })).run.state).toBe('IN_PROGRESS')
  })

  test('brings back the browser as it was stored last, also where a node that stored it before ends after', async () => {
    const { id } = await store.newRun()
    const { run } = await taken(id)
    const [waits, beside] = [newActivity(store.newId(), 'waits'), newActivity(store.newId(), 'beside')]
    const at = store.now()
    const changes: Change[][] = [
      [{ event: { type: 'activity.started', activity: waits, stateName: 's' } }, { event: { type: 'activity.started', activity: beside, stateName: 's' } }],
      [{ event: { type: 'activity.waiting', activityId: waits.id, dueAt: null, waitsFor: 'input' }, checkpoint: Buffer.from('early') }],
      [{ event: { type: 'activity.completed', activityId: beside.id, outputs: {} }, checkpoint: Buffer.from('late') }],
      // The browser has not changed since: there is nothing to store.
      [{ event: { type: 'activity.completed', activityId: waits.id, outputs: {} } }],
    ]
    for (const [index, each] of changes.entries()) await store.log.record(id, each, { fence: run.fence, at: at + index })
    expect((await taken(id, { recover: true })).checkpoint?.toString()).toBe('late')
  })

  test('and a run that keeps some of its nodes begins as these have left it', async () => {
    const { id } = await store.newRun()
    const { run } = await taken(id)
    const [waits, beside, loop] = ['waits', 'beside', 'loop'].map((nodeId) => newActivity(store.newId(), nodeId)) as [NewActivity, NewActivity, NewActivity]
    const round = { ...newActivity(store.newId(), 'inner'), iteration: 'loop[0]' }
    const done = ({ id: activityId }: NewActivity, state?: string): Change => ({ event: { type: 'activity.completed', activityId, outputs: {} }, checkpoint: state === undefined ? undefined : Buffer.from(state) })
    const begun = [waits, beside, loop, round].map((activity): Change => ({ event: { type: 'activity.started', activity, stateName: 's' } }))
    await store.log.record(id, [...begun, done(beside, 'beside'), done(waits, 'waits'), done(round, 'round'), done(loop)], { fence: run.fence, at: store.now() })
    const left = async (...kept: NewActivity[]) => (await rerunSource(store.db, id, kept))?.toString()
    expect(await left(waits, beside)).toBe('waits')
    expect(await left(beside)).toBe('beside')
    expect(await left(beside, loop)).toBe('round')
    expect(await left(beside, round)).toBe('round')
    expect(await left()).toBeUndefined()
  })

  test('of one that waits or has ended there is nothing to take', async () => {
    const waits = await asking()
    await waits.pause()
    expect(await take(waits.id)).toBe('waiting')
    await cancelRun(store.db, store.followers, waits.id, { reason: 'r', force: false, at: store.now() })
    expect(await take(waits.id)).toBe('over')
    expect(await take(store.newId())).toBe('over')
  })

  test('what executes, waits its turn or is being cancelled is open; what waits for something or has ended is not', async () => {
    const [pending, executing, cancelling, waits, ended] = [await store.newRun(), await store.newRun(), await store.newRun(), await asking(), await store.newRun()]
    await taken(executing.id)
    await taken(cancelling.id)
    await record(cancelling.id, [{ type: 'run.cancelling', reason: 'r', force: false }])
    await waits.pause()
    await endRun(store.db, store.followers, ended.id, { type: 'run.failed', error }, { fence: null, at: store.now() })
    const open = await openRuns(store.db)
    expect([pending, executing, cancelling, waits, ended].map(({ id }) => open.includes(id))).toEqual([true, true, true, false, false])
    expect(open.toSorted()).toEqual(open)
  })

  test('only the lease of who has the newest fence is prolonged', async () => {
    const { id } = await store.newRun()
    const { run } = await taken(id)
    expect([...(await renewLeases(store.db, new Map([[id, run.fence]]), { at: store.now(), leaseUntil: store.now() + 1 }))]).toEqual([id])
    await taken(id, { recover: true })
    expect([...(await renewLeases(store.db, new Map([[id, run.fence]]), { at: store.now(), leaseUntil: store.now() + 1 }))]).toEqual([])
  })
})

describe('the time that a run has executed', () => {
  const MINUTE = 60_000
  const HOURS = 8 * 60 * MINUTE
  const executing = async () => {
    const { id } = await store.newRun()
    const began = store.now()
    const { run } = await taken(id, { at: began, leaseMs: MINUTE })
    const pause = async (at: number): Promise<number> => {
      await pauseRun(store.db, store.followers, id, { type: 'run.awaiting_external', wakeAt: null }, { fence: run.fence, at })
      return (await store.log.run(id)).activeMs
    }
    const renew = (at: number) => renewLeases(store.db, new Map([[id, run.fence]]), { at, leaseUntil: at + MINUTE })
    return { began, pause, renew }
  }

  test('is from where it was taken to its pause, however often its lease was prolonged', async () => {
    const { began, pause, renew } = await executing()
    await renew(began + 50_000)
    await renew(began + 100_000)
    expect(await pause(began + 120_000)).toBe(120_000)
  })

  test('is not that of a machine that slept: what comes after its lease does not count, whether the lease or the pause comes first', async () => {
    const first = await executing()
    await first.renew(first.began + HOURS)
    expect(await first.pause(first.began + HOURS + 5_000)).toBe(MINUTE + 5_000)
    const second = await executing()
    expect(await second.pause(second.began + HOURS)).toBe(MINUTE)
  })
})

describe('a pause', () => {
  test('does not come when the answer came first', async () => {
    const { id, questionId, pause } = await asking()
    await answerInputRequest(store.db, store.followers, questionId, answer, store.now())
    expect((await pause())?.inputRequests.map(({ id: answered }) => answered)).toEqual([questionId])
    expect((await store.log.run(id)).state).toBe('IN_PROGRESS')
  })

  test('ends with the answer; a second answer is refused, and nothing is left to wake for', async () => {
    const { id, questionId, pause } = await asking()
    expect(await pause()).toBeNull()
    expect((await store.log.run(id)).leaseUntil).toBeNull()
    const results = await Promise.allSettled([1, 2, 3].map(() => answerInputRequest(store.db, store.followers, questionId, answer, store.now())))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(await store.log.run(id)).toMatchObject({ state: 'PENDING', wakeAt: null })
  })

  test('an answer and a cancel at once: one of them counts', async () => {
    for (const order of ['answer', 'cancel']) {
      const { id, questionId, pause } = await asking()
      await pause()
      const answers = () => answerInputRequest(store.db, store.followers, questionId, answer, store.now()).then(() => 'answered', ({ code }: { code: string }) => code)
      const cancels = () => cancelRun(store.db, store.followers, id, { reason: 'r', force: false, at: store.now() })
      const [first, second] = order === 'answer' ? await Promise.all([answers(), cancels()]) : await Promise.all([cancels(), answers()])
      // Who answers first has answered; the run is cancelled all the same.
      expect(order === 'answer' ? first : second).toBe(order === 'answer' ? 'answered' : 'conflict')
      expect((await store.log.run(id)).state).toBe('CANCELLED')
    }
  })

  test('too late is gone', async () => {
    const { questionId, pause } = await asking()
    await pause()
    expect((await problemOf(() => answerInputRequest(store.db, store.followers, questionId, answer, store.now() + 60_001))).code).toBe('gone')
  })

  test('is over when its time has come, and the next time is told', async () => {
    const soon = await store.newRun()
    const later = await store.newRun()
    const now = store.now()
    for (const [{ id }, wakeAt] of [[soon, now + 10], [later, now + 500]] as const) {
      const { run } = await taken(id)
      await pauseRun(store.db, store.followers, id, { type: 'run.awaiting_external', wakeAt }, { fence: run.fence, at: now })
    }
    expect(await wakeDueRuns(store.db, store.followers, now + 9)).toMatchObject({ woken: [] })
    const { woken, nextAt } = await wakeDueRuns(store.db, store.followers, now + 10)
    expect(woken).toEqual([soon.id])
    expect(nextAt).toBe(now + 500)
    expect((await store.log.run(soon.id)).state).toBe('PENDING')
    expect((await wakeDueRuns(store.db, store.followers, now + 500)).woken).toEqual([later.id])
  })
})

describe('what has come', () => {
  const arrivals = async ({ id, fence, activityId }: { id: string; fence: number; activityId: string }, lateMs: number) => {
    const { inputRequests } = await readArrivals(store.db, store.followers, id, { overdue: new Set([activityId]), fence, at: store.now() + lateMs })
    return inputRequests.map(({ status }) => status)
  }

  test('is read behind the answer that was in time, however late; what nobody has answered is closed with that', async () => {
    const [answered, open] = [await asking(), await asking()]
    const given = answerInputRequest(store.db, store.followers, answered.questionId, answer, store.now())
    expect(await arrivals(answered, 60_001)).toEqual(['answered'])
    await given
    expect(await arrivals(open, 0)).toEqual(['pending'])
    expect(await arrivals(open, 60_001)).toEqual(['expired'])
    expect((await types(open.id)).filter((type) => type.startsWith('input.'))).toEqual(['input.requested', 'input.expired'])
  })
})

describe('an end', () => {
  test('closes what stands open: questions, and attempts at work or still to come', async () => {
    const { id, questionId, fence } = await asking()
    const [running, scheduled] = [newActivity(store.newId(), 'b'), newActivity(store.newId(), 'c')]
    await record(id, [{ type: 'activity.started', activity: running, stateName: 's' }, { type: 'activity.scheduled', activity: scheduled, dueAt: 1 }])
    await endRun(store.db, store.followers, id, { type: 'run.failed', error }, { fence, at: store.now() })
    expect(store.query('SELECT status FROM input_requests WHERE id = ?', questionId)).toEqual([{ status: 'cancelled' }])
    expect(store.query('SELECT DISTINCT status FROM activity_runs WHERE run_id = ?', id)).toEqual([{ status: 'cancelled' }])
    expect((await types(id)).at(-1)).toBe('run.failed')
  })

  test('one that nobody executes is cancelled at once, and a worker about to take it finds it over', async () => {
    const { id } = await store.newRun()
    const [outcome, late] = await Promise.all([cancelRun(store.db, store.followers, id, { reason: 'r', force: false, at: store.now() }), take(id)])
    expect(outcome.type).toBe('cancelled')
    expect(late).toBe('over')
  })

  test('one that executes is being cancelled, and can only end as cancelled from then on', async () => {
    const { id } = await store.newRun()
    const { run } = await taken(id)
    const [one, two] = await Promise.all([1, 2].map(() => cancelRun(store.db, store.followers, id, { reason: 'r', force: false, at: store.now() })))
    expect([one!.type, two!.type]).toEqual(['cancelling', 'cancelling'])
    expect((await problemOf(() => endRun(store.db, store.followers, id, { type: 'run.completed' }, { fence: run.fence, at: store.now() }))).code).toBe('conflict')
    await endRun(store.db, store.followers, id, { type: 'run.cancelled', error }, { fence: run.fence, at: store.now() })
    expect((await cancelRun(store.db, store.followers, id, { reason: 'r', force: false, at: store.now() })).type).toBe('final')
  })
})
