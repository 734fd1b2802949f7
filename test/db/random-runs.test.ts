import { afterAll, beforeAll, expect, test } from 'vitest'
import { cancelRun, endRun } from '../../db/end-run.ts'
import type { Change } from '../../db/change.ts'
import { pauseRun } from '../../db/pause-run.ts'
import { takeRun, wakeDueRuns } from '../../db/take-run.ts'
import { Problem } from '../../runner/model/problem.ts'
import { isFinal, nextState, toStatus } from '../../runner/model/run.ts'
import { pick, randomFrom } from '../random.ts'
import { newActivity, openStore, type Store } from '../store.ts'

/** Whatever is done to runs in whatever order, by workers and from outside: what is kept beside the rows always says the same as the rows. */

let store: Store
beforeAll(async () => {
  store = await openStore()
})
afterAll(() => store[Symbol.asyncDispose]())

const error = { code: 'step_failed', message: 'm', stepId: null, activityRunId: null, attempt: null }

type Known = { id: string; fence: number | null; activities: string[]; questions: string[] }

const randomChange = (random: () => number, run: Known): Change['event'] => {
  const activityId = pick(random, [...run.activities, 'nobody'])
  const requestId = pick(random, [...run.questions, 'none'])
  const fresh = (): string => {
    const id = store.newId()
    run.activities.push(id)
    return id
  }
  const ask = (): Change['event'] => {
    const id = store.newId()
    run.questions.push(id)
    return { type: 'input.requested', request: { id, activityId, stepName: 's', title: 't', description: null, schema: {}, buttons: [], responders: null, screenshotArtifactId: null, account: null, expiresAt: store.now() + 1000 } }
  }
  return pick<() => Change['event']>(random, [
    () => ({ type: 'run.started' }),
    () => ({ type: 'run.awaiting_input', wakeAt: store.now() }),
    () => ({ type: 'run.awaiting_external', wakeAt: null }),
    () => ({ type: 'run.woken' }),
    () => ({ type: 'run.handed_back', reason: 'crash' }),
    () => ({ type: 'run.cancelling', reason: 'r', force: false }),
    () => ({ type: 'activity.scheduled', activity: newActivity(fresh()), dueAt: 1 }),
    () => ({ type: 'activity.started', activity: newActivity(pick(random, [fresh(), activityId])), stateName: 's' }),
    () => ({ type: 'activity.waiting', activityId, dueAt: null, waitsFor: 'input' }),
    () => ({ type: 'activity.completed', activityId, outputs: { n: 1 } }),
    () => ({ type: 'activity.failed', activityId, error }),
    () => ({ type: 'activity.cancelled', activityId, error }),
    () => ({ type: 'log', activityId: null, level: 'INFO', message: 'm', tags: {} }),
    ask,
    () => ({ type: 'input.answered', requestId, by: null, values: {}, button: null, comments: null }),
    () => ({ type: 'input.received', requestId, by: 'anna', values: {}, button: null, comments: null }),
    () => ({ type: 'input.expired', requestId }),
  ])()
}

/** Does one thing to a run; what is refused must be refused for a reason that callers know. */
const act = async (random: () => number, run: Known): Promise<void> => {
  const at = store.now()
  const { db, followers, log } = store
  const fence = pick(random, [run.fence, null, 0])
  try {
    const roll = random()
    if (roll < 0.08) {
      const taken = await takeRun(db, followers, run.id, { at, leaseUntil: at + 5, recover: random() < 0.5 })
      if (typeof taken === 'object') run.fence = taken.run.fence
    } else if (roll < 0.11) await cancelRun(db, followers, run.id, { reason: 'r', force: false, at })
    else if (roll < 0.13) await endRun(db, followers, run.id, pick(random, [{ type: 'run.completed' as const }, { type: 'run.failed' as const, error }, { type: 'run.cancelled' as const, error }]), { fence, at })
    else if (roll < 0.16) await pauseRun(db, followers, run.id, { type: 'run.awaiting_input', wakeAt: at }, { fence: run.fence ?? 0, at })
    else if (roll < 0.18) await wakeDueRuns(db, followers, at)
    else await log.record(run.id, Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({ event: randomChange(random, run) })), { fence, at })
  } catch (thrown) {
    if (!(thrown instanceof Problem) || !['conflict', 'not_found', 'gone'].includes(thrown.code)) throw thrown
  }
}

const assertConsistent = (): void => {
  const { kept, counted } = store.counts()
  expect(kept).toEqual(counted)
  const runs = store.query<{ id: string; state: Parameters<typeof isFinal>[0]; status: string; completed_at: number | null; wake_at: number | null; lease_until: number | null; active_since: number | null }>('SELECT * FROM runs')
  for (const run of runs) {
    expect(run.status).toBe(toStatus(run.state))
    expect(run.completed_at !== null, `${run.id} ${run.state}`).toBe(isFinal(run.state))
    if (isFinal(run.state)) expect([run.wake_at, run.lease_until, run.active_since]).toEqual([null, null, null])
    if (run.state !== 'AWAITING_USER_INPUT' && run.state !== 'AWAITING_EXTERNAL') expect(run.wake_at).toBeNull()
  }
}

/** Replays the log by the state table alone. */
const assertLogExplainsRows = async (): Promise<void> => {
  for (const { id, state } of store.query<{ id: string; state: string }>('SELECT id, state FROM runs')) {
    let replayed: Parameters<typeof nextState>[0] = 'PENDING'
    let cursor = 0
    for (let page = await store.log.after(id, cursor); page.length > 0; page = await store.log.after(id, cursor)) {
      for (const { type, data } of page) {
        const next = nextState(replayed, type as Parameters<typeof nextState>[1])
        expect(next, `${replayed} and ${type}`).not.toBeNull()
        replayed = next!
        if ('state' in data) expect(data.state).toBe(replayed)
      }
      cursor = page.at(-1)!.seq
    }
    expect(replayed).toBe(state)
  }
}

test.each([1, 2, 3])('after each of 250 random changes the counts equal a recount, and the log explains the rows (seed %i)', async (seed) => {
  const random = randomFrom(seed)
  const workflows = [await store.newWorkflow(), await store.newWorkflow()]
  const runs: Known[] = []
  for (let n = 0; n < 250; n++) {
    if (runs.length < 3 || random() < 0.03) runs.push({ id: (await store.newRun(pick(random, workflows))).id, fence: null, activities: [], questions: [] })
    // Some come at the same time.
    await Promise.all(Array.from({ length: random() < 0.2 ? 3 : 1 }, () => act(random, pick(random, runs))))
    if (n % 25 === 0) assertConsistent()
  }
  assertConsistent()
  await assertLogExplainsRows()
})
