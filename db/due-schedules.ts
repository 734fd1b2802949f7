import { and, asc, eq, gt, inArray, isNotNull, isNull, lte, notExists, sql } from 'drizzle-orm'
import { Problem } from '../runner/model/problem.ts'
import { createRunIn, type NewRun } from './create-run.ts'
import type { Followers } from './followers.ts'
import { JOB_RUNS } from './job-run-events.ts'
import { createJobRunIn, type NewJobRun } from './job-runs.ts'
import type { Db, Query } from './open.ts'
import type { ScheduleRow } from './schedules.ts'
import { jobRuns, runs, schedules } from './schema.ts'

/** What the scheduler reads and writes. */

/** Later than any time that a schedule gives. */
export const NEVER = 8.64e15

/** A schedule to look at, and whether what it started last has not ended. */
export type DueSchedule = { schedule: ScheduleRow; isOpen: boolean }

/** As the index has it: it is not used for a value that is bound later. */
const isOn = sql`${schedules.paused} = 0`

const openAmong = async (query: Query, ids: string[]): Promise<Set<string>> => {
  const open = await query.select({ id: runs.id }).from(runs).where(and(inArray(runs.id, ids), isNull(runs.completedAt)))
  const openJobs = await query.select({ id: jobRuns.id }).from(jobRuns).where(and(inArray(jobRuns.id, ids), isNull(jobRuns.completedAt)))
  return new Set([...open, ...openJobs].map(({ id }) => id))
}

/** The schedules that are due, the most urgent first, those whose next time nobody has worked out yet, and those whose queue may go on. */
export const schedulesToLookAt = (db: Db, at: number, limit: number): Promise<DueSchedule[]> =>
  db.read(async (query) => {
    const due = await query.select().from(schedules).where(and(isOn, lte(schedules.nextAt, at))).orderBy(asc(schedules.nextAt)).limit(limit)
    const unset = await query.select().from(schedules).where(and(isOn, isNull(schedules.nextAt))).limit(limit)
    const queues = await query
      .select()
      .from(schedules)
      .where(
        and(
          // One that is paused has none.
          isNotNull(schedules.queued),
          notExists(query.select({ id: runs.id }).from(runs).where(and(eq(runs.id, schedules.lastRunId), isNull(runs.completedAt)))),
          notExists(query.select({ id: jobRuns.id }).from(jobRuns).where(and(eq(jobRuns.id, schedules.lastRunId), isNull(jobRuns.completedAt)))),
        ),
      )
      .limit(limit)
    const byPlace = new Map([...due, ...unset, ...queues].map((row) => [`${row.targetId}:${row.nodeId}`, row]))
    const rows = [...byPlace.values()]
    const open = await openAmong(query, rows.flatMap(({ lastRunId }) => (lastRunId === null ? [] : [lastRunId])))
    return rows.map((schedule) => ({ schedule, isOpen: schedule.lastRunId !== null && open.has(schedule.lastRunId) }))
  })

/** When the next schedule is due; null when there is none. */
export const nextScheduleAt = (db: Db): Promise<number | null> =>
  db.read(async (query) => {
    const [next] = await query.select({ nextAt: sql<number | null>`min(${schedules.nextAt})` }).from(schedules).where(isOn)
    return next?.nextAt ?? null
  })

/** After the clock was set back: lets the times be worked out anew that were worked out later than it is now. */
export const forgetFutureTimes = async (db: Db, at: number): Promise<void> => {
  await db.write(async (tx) =>
    tx
      .update(schedules)
      .set({ nextAt: null, setAt: at, revision: sql`${schedules.revision} + 1` })
      .where(gt(schedules.setAt, at)),
  )
}

/** What is to start at a time: a run, or a job run. */
export type Start = { time: number; run: NewRun } | { time: number; jobRun: NewJobRun }

/** What becomes of a schedule that was looked at. */
export type Settlement = {
  asRead: ScheduleRow
  starts: readonly Start[]
  set: Partial<Pick<ScheduleRow, 'nextAt' | 'queued' | 'lastSkippedAt' | 'lastError'>>
}

/** Started and written for the first time: a time is never started twice, not even when the clock is set back. */
const startIn = async (tx: Query, { org, targetId, nodeId }: ScheduleRow, start: Start, at: number): Promise<string | null> => {
  const idempotency = { org, caller: 'schedule-trigger', call: 'schedule', key: `${start.time}:${targetId}:${nodeId}`, bodyHash: '', forever: true }
  if ('run' in start) {
    const { run, repeated } = await createRunIn(tx, start.run, { at, idempotency })
    return repeated ? null : run.id
  }
  const { jobRun, repeated } = await createJobRunIn(tx, start.jobRun, { at, idempotency })
  return repeated ? null : jobRun.id
}

const settleIn = async (tx: Query, { asRead, starts, set }: Settlement, at: number): Promise<string[]> => {
  const { targetId, nodeId, revision } = asRead
  const place = and(eq(schedules.targetId, targetId), eq(schedules.nodeId, nodeId))
  const [now] = await tx.select({ revision: schedules.revision }).from(schedules).where(place)
  // Changed, taken away, or looked at by another meanwhile.
  if (now?.revision !== revision) return []
  const started: string[] = []
  let lastError = set.lastError ?? (starts.length > 0 ? null : asRead.lastError)
  let lastAt = asRead.lastAt
  for (const start of starts) {
    try {
      const id = await startIn(tx, asRead, start, at)
      if (id !== null) started.push(id)
      lastAt = start.time
    } catch (error) {
      // Refused before anything of it was written: its workflow or job was deleted just now.
      if (!(error instanceof Problem)) throw error
      lastError = { code: error.code, message: error.message, at: start.time }
    }
  }
  await tx
    .update(schedules)
    .set({ ...set, lastError, lastAt, lastRunId: started.at(-1) ?? asRead.lastRunId, setAt: at, revision: revision + 1 })
    .where(place)
  return started
}

/**
 * Starts what is due and moves the schedules on, all in one transaction: many that are due in the same second do not wait for the disk one
 * after the other.
 * @returns the ids of the runs that were started, which are to be submitted, those of job runs not among them
 */
export const settleSchedules = async (db: Db, followers: Followers, settlements: readonly Settlement[], at: number): Promise<string[]> => {
  const started = await db.write(async (tx) => {
    const ids: { kind: ScheduleRow['kind']; id: string }[] = []
    for (const settlement of settlements) for (const id of await settleIn(tx, settlement, at)) ids.push({ kind: settlement.asRead.kind, id })
    return ids
  })
  const runIds = started.filter(({ kind }) => kind !== 'job').map(({ id }) => id)
  for (const id of runIds) followers.wake(id)
  if (runIds.length < started.length) followers.wake(JOB_RUNS)
  return runIds
}
