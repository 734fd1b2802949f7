import { and, eq, isNull, ne } from 'drizzle-orm'
import type { Report } from '../runner/model/event.ts'
import { isFinal, isSuccess, toStatus } from '../runner/model/run.ts'
import type { NewRun } from './create-run.ts'
import type { Change, RunRow } from './change.ts'
import { insertRun, isDeleted, recordIn } from './event-log.ts'
import type { Followers } from './followers.ts'
import type { Db, Query } from './open.ts'
import { activityRuns, runs, sessions } from './schema.ts'

/** Who logs in to a session: one run at a time, for which all others wait. */

/** A login that has failed is not tried again by itself for so long: an account that is tried too often is locked. */
export const LOGIN_HOLD_MS = 300_000

type Waiter = {
  org: string
  session: string
  runId: string
  fence: number
  /** What says that a node of the run waits for the run that logs in. */
  waiting: (loginRunId: string) => readonly Change[]
  at: number
}

export type LoginWait =
  | { type: 'waiting'; loginRunId: string; started: boolean }
  /** Somebody has logged in since. */
  | { type: 'renewed' }
  /** It failed a moment ago, and why. */
  | { type: 'failed'; failure: string; failedAt: number }
  /** The run that logs in waits for this very run. */
  | { type: 'circle' }
  /** There is no workflow that logs in. */
  | { type: 'nobody' }

/** Whether `ancestor` waits for a run that waits … for the run. */
const waitsFor = async (tx: Query, ancestor: string, runId: string): Promise<boolean> => {
  for (let at: string | null = runId; at !== null; ) {
    if (at === ancestor) return true
    const [parent]: { runId: string }[] = await tx
      .select({ runId: activityRuns.runId })
      .from(runs)
      .innerJoin(activityRuns, eq(activityRuns.id, runs.parentActivityRunId))
      .where(eq(runs.id, at))
    at = parent?.runId ?? null
  }
  return false
}

/** The run that logs in at present; null when none does. */
export const openLogin = async (tx: Query, loginRunId: string | null): Promise<string | null> => {
  if (loginRunId === null) return null
  const [login] = await tx.select({ state: runs.state }).from(runs).where(eq(runs.id, loginRunId))
  return login && !isFinal(login.state) ? loginRunId : null
}

const whose = ({ org, session }: Pick<Waiter, 'org' | 'session'>) => and(eq(sessions.org, org), eq(sessions.name, session))

const waitIn = async (tx: Query, { runId, fence, waiting, at }: Waiter, loginRunId: string): Promise<LoginWait> => {
  if (await waitsFor(tx, loginRunId, runId)) return { type: 'circle' }
  await recordIn(tx, runId, waiting(loginRunId), { fence, at })
  return { type: 'waiting', loginRunId, started: false }
}

/**
 * Has a node of a run wait until somebody has logged in: for the run that is at it, else for `login`, which is started with it.
 * @param savedAt when the copy was saved that the run found to be logged in no more; null when there was none
 * @param login the run that is to log in; null where no workflow does
 */
export const waitForLogin = async (db: Db, followers: Followers, waiter: Waiter, { savedAt, login }: { savedAt: number | null; login: NewRun | null }): Promise<LoginWait> => {
  const answer = await db.write(async (tx): Promise<LoginWait> => {
    const { at } = waiter
    const [session] = await tx.select().from(sessions).where(whose(waiter))
    const open = await openLogin(tx, session?.loginRunId ?? null)
    if (open !== null) return waitIn(tx, waiter, open)
    if (session && session.savedAt !== null && session.savedAt !== savedAt) return { type: 'renewed' }
    if (session && session.failedAt !== null && session.failedAt > at - LOGIN_HOLD_MS) return { type: 'failed', failure: session.failure ?? '', failedAt: session.failedAt }
    if (!session || !login || (await isDeleted(tx, login.workflowId))) return { type: 'nobody' }
    await insertRun(tx, { ...login, state: 'PENDING', status: 'scheduled', fence: 0, createdAt: at, updatedAt: at }, at)
    await tx.update(sessions).set({ loginRunId: login.id }).where(whose(waiter))
    const waits = await waitIn(tx, waiter, login.id)
    return waits.type === 'waiting' ? { ...waits, started: true } : waits
  })
  if (answer.type === 'waiting') for (const runId of [waiter.runId, answer.loginRunId]) followers.wake(runId)
  return answer
}

/** Makes a run the one that logs in. @returns false when another one is at it */
export const claimLogin = (db: Db, { org, session, workflowId, runId, at }: Omit<Waiter, 'waiting' | 'fence'> & { workflowId: string }): Promise<boolean> =>
  db.write(async (tx) => {
    const [found] = await tx.select().from(sessions).where(whose({ org, session }))
    const open = await openLogin(tx, found?.loginRunId ?? null)
    if (open !== null && open !== runId) return false
    await tx
      .insert(sessions)
      .values({ org, name: session, workflowId, loginRunId: runId, createdAt: at, updatedAt: at })
      .onConflictDoUpdate({ target: [sessions.org, sessions.name], set: { loginRunId: runId } })
    return true
  })

/** Tells those who wait for a login how it ended. @returns the ids of their runs, to be poked */
export const tellLoginEnd = async (tx: Query, login: RunRow, at: number): Promise<string[]> => {
  const failure = login.state === 'FAILED' ? { failedAt: at, failure: login.error?.message ?? '' } : {}
  await tx.update(sessions).set({ updatedAt: at, ...failure }).where(eq(sessions.loginRunId, login.id))
  const waiting = await tx
    .select({ id: activityRuns.id, runId: activityRuns.runId })
    .from(activityRuns)
    .innerJoin(runs, eq(runs.id, activityRuns.runId))
    .where(and(eq(activityRuns.externalRunId, login.id), eq(activityRuns.waitsFor, 'session'), eq(activityRuns.status, 'waiting'), isNull(activityRuns.report), isNull(runs.completedAt), ne(runs.state, 'CANCELLING')))
  const result = isSuccess(login.state) ? 'SUCCESS' : login.state === 'CANCELLED' ? 'CANCELLED' : 'FAILED'
  const report: Report = { result, output: { runId: login.id, status: toStatus(login.state) }, message: login.error?.message ?? null }
  for (const { id, runId } of waiting) await recordIn(tx, runId, [{ event: { type: 'activity.reported', activityId: id, report } }], { fence: null, at })
  return [...new Set(waiting.map(({ runId }) => runId))]
}
