import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pauseRun } from '../../db/pause-run.ts'
import { findRun } from '../../db/runs.ts'
import { events, inputRequests, runs } from '../../db/schema.ts'
import { takeRun } from '../../db/take-run.ts'
import { fanOut } from '../../db/webhook-fan-out.ts'
import { createWebhook } from '../../db/webhooks.ts'
import { newActivity, openStore, type Store } from '../store.ts'

/** What a program of before questions were marked as told of leaves behind, when it was gone back to for a while. */

const VIEWER = { org: 'default', userId: null, seesAllRuns: true }
let store: Store
beforeAll(async () => {
  store = await openStore()
})
afterAll(() => store[Symbol.asyncDispose]())

/** Takes the run, so that it pauses for its question; the event then is as the program of before wrote it. */
const pauseAsBefore = async (id: string, questionId?: string): Promise<void> => {
  const { db, followers, log } = store
  const at = store.now()
  const taken = await takeRun(db, followers, id, { at, leaseUntil: at + 60_000, recover: false })
  if (typeof taken !== 'object') throw new Error(`Not taken: ${taken}`)
  const { fence } = taken.run
  if (questionId) {
    const activity = newActivity(store.newId())
    const request = { id: questionId, activityId: activity.id, stepName: 's', title: 't', description: null, schema: {}, buttons: [], responders: null, screenshotArtifactId: null, account: null, expiresAt: at + 60_000 }
    await log.record(id, [{ event: { type: 'activity.started', activity, stateName: 's' } }, { event: { type: 'activity.waiting', activityId: activity.id, dueAt: null, waitsFor: 'input' } }, { event: { type: 'input.requested', request } }], { fence, at })
  }
  await pauseRun(db, followers, id, { type: 'run.awaiting_input', wakeAt: null }, { fence, at })
  await db.write(async (tx) => {
    await tx.update(inputRequests).set({ toldAt: null }).where(eq(inputRequests.runId, id))
    for (const { seq, data } of await tx.select().from(events).where(eq(events.type, 'run.awaiting_input'))) await tx.update(events).set({ data: { ...data, questions: undefined } }).where(eq(events.seq, seq))
  })
}

test('the question of a paused run is shown, and those who listen hear of it once', async () => {
  const { db, newId, now } = store
  await createWebhook(db, VIEWER, { id: newId(), url: 'http://hook.test/', events: ['workflow_run.awaiting_user_input'], workflowId: null, description: null, enabled: true, sealedSecret: Buffer.alloc(0) }, now())
  const { id } = await store.newRun()
  const question = newId()
  await pauseAsBefore(id, question)
  expect((await findRun(db, VIEWER, id))?.awaiting).toMatchObject({ id: question, toldAt: null })
  const told = () => store.query('SELECT run_id, subject_id FROM webhook_deliveries')
  const { cursor } = await fanOut(db, 0, { at: now(), newId })
  expect(told()).toEqual([{ run_id: id, subject_id: question }])
  // It is woken, and waits again for the same one.
  await db.write(async (tx) => tx.update(runs).set({ state: 'PENDING', status: 'scheduled' }).where(eq(runs.id, id)))
  await pauseAsBefore(id)
  await fanOut(db, cursor, { at: now(), newId })
  expect(told()).toHaveLength(1)
})
