import { timesOf, type ScheduleRow } from '../db/schedules.ts'
import { latestTimes, nextTimes } from '../runner/cron.ts'
import type { Times } from '../runner/model/schedule.ts'

/** The moments of a schedule, in milliseconds since 1970. */

/** The next `count` after `after`; fewer where it ends. @throws Error when the pattern or the zone cannot be read */
const nextTimesOf = ({ cron, at, timezone }: Times, after: number, count: number): number[] => {
  if (cron !== null) return nextTimes({ cron, timezone }, after, count)
  return at !== null && at > after ? [at] : []
}

/** The next after `after`; null when there is none. @throws Error when the pattern or the zone cannot be read */
export const nextOf = (times: Times, after: number): number | null => nextTimesOf(times, after, 1)[0] ?? null

/** The last `most` that have come by `now`, oldest first, beginning with `first`, which is one of them. */
export const cameSince = ({ cron, timezone }: Times, first: number, now: number, most: number): number[] => {
  const later = cron === null ? [] : latestTimes({ cron, timezone }, now, most).filter((time) => time > first)
  return [first, ...later].slice(-most)
}

/** The next `count` times that something starts: none of what is paused, or of what cannot be read any more. */
export const upcomingOf = (schedule: Pick<ScheduleRow, 'cron' | 'onceAt' | 'timezone' | 'paused'>, now: number, count: number): number[] => {
  if (schedule.paused) return []
  try {
    return nextTimesOf(timesOf(schedule), now, count)
  } catch {
    return []
  }
}
