import { forgetFutureTimes, NEVER, nextScheduleAt, schedulesToLookAt, settleSchedules, type DueSchedule, type Settlement } from '../db/due-schedules.ts'
import { timesOf, type ScheduleRow } from '../db/schedules.ts'
import { Problem } from '../runner/model/problem.ts'
import { MOST, planStarts } from './schedule-plan.ts'
import { startsOf } from './schedule-starts.ts'
import { cameSince, nextOf } from './schedule-times.ts'
import { startSink } from './sink.ts'
import type { Services } from './start.ts'

/**
 * Starts what is due. What has come is told from the store and the clock alone; it is started and the schedule moved on in one transaction,
 * and no time is ever started twice. So it may be killed at any point, there may be two of it, and the clock may jump.
 */

/** Where the scheduler is woken, in the place of a run's id. */
export const SCHEDULES = 'schedules'
/** Schedules that another process saves, queues that may go on, and a clock that was set are found by looking. */
const LOOK_MS = 1_000
/** So many in one transaction: everything else waits for its end. */
const PAGE = 100
/** Of many that are due in the same second all are started, up to so many, before the first has its turn: what executes holds up the rest. */
const AT_ONCE = 1_000

type Tools = Pick<Services, 'db' | 'followers' | 'jq' | 'seal' | 'engine' | 'clock' | 'logger'>

/** The next time, and those that have come: from the first that was due. */
const timesAt = ({ nextAt, setAt, catchUp, ...schedule }: ScheduleRow, now: number): { next: number; due: number[] } => {
  const times = timesOf(schedule)
  const first = nextAt ?? nextOf(times, setAt) ?? NEVER
  if (first > now) return { next: first, due: [] }
  return { next: nextOf(times, now) ?? NEVER, due: cameSince(times, first, now, catchUp === 'all' ? MOST : 1) }
}

const settle = async (tools: Tools, { schedule, isOpen }: DueSchedule, now: number): Promise<Settlement> => {
  const { overlap, catchUp } = schedule
  let moved
  try {
    moved = timesAt(schedule, now)
  } catch (error) {
    // A zone that this machine does not know (any more): it is not looked at again until somebody sets it anew.
    return { asRead: schedule, starts: [], set: { nextAt: NEVER, lastError: { code: 'invalid_request', message: `Its times cannot be worked out: ${(error as Error).message}`, at: now } } }
  }
  const { start, queued, skipped } = planStarts({ overlap, catchUp, queued: schedule.queued ?? [], due: moved.due, isOpen, now })
  const set = { nextAt: moved.next, queued: queued.length > 0 ? queued : null, ...(skipped.length > 0 && { lastSkippedAt: skipped.at(-1)! }) }
  try {
    return { asRead: schedule, starts: await startsOf(tools, schedule, start), set }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    tools.logger.warn({ err: error, targetId: schedule.targetId, nodeId: schedule.nodeId }, 'schedule starts nothing')
    return { asRead: schedule, starts: [], set: { ...set, lastError: { code: error.code, message: error.message, at: start.at(-1) ?? now } } }
  }
}

export const startScheduler = (tools: Tools): AsyncDisposable => {
  const { db, followers, engine, clock, logger } = tools
  let last = Infinity
  const started: string[] = []
  return startSink(tools, { name: 'scheduler', key: SCHEDULES }, async () => {
    const now = clock.now()
    // Set back since, or while nobody was there.
    if (now < last) await forgetFutureTimes(db, now)
    last = now
    const rows = await schedulesToLookAt(db, now, PAGE)
    const settled = await Promise.allSettled(rows.map((row) => settle(tools, row, now)))
    const faults = settled.flatMap((one, index) => (one.status === 'rejected' ? [{ error: one.reason as unknown, row: rows[index]!.schedule }] : []))
    for (const { error, row } of faults) logger.error({ err: error, targetId: row.targetId, nodeId: row.nodeId }, 'schedule fault')
    const settlements = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    if (settlements.length > 0) started.push(...(await settleSchedules(db, followers, settlements, clock.now())))
    if (rows.length < PAGE || started.length >= AT_ONCE) for (const runId of started.splice(0)) await engine.submit(runId)
    if (faults.length > 0) return LOOK_MS
    if (rows.length > 0) return 0
    return Math.min(LOOK_MS, Math.max(10, ((await nextScheduleAt(db)) ?? NEVER) - clock.now()))
  })
}
