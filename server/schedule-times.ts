import { timesOf, type ScheduleRow } from '../db/schedules.ts'
import { latestTimes, nextTime } from '../runner/cron.ts'
import type { Times } from '../runner/model/schedule.ts'

/** The moments of a schedule, in milliseconds since 1970. */

/** The next after `after`; null when there is none. @throws Error when the pattern or the zone cannot be read */
export const nextOf = ({ cron, at, timezone }: Times, after: number): number | null => {
  if (cron !== null) return nextTime({ cron, timezone }, after)
  return at !== null && at > after ? at : null
}

/** The last `most` that have come by `now`, oldest first, beginning with `first`, which is one of them. */
export const cameSince = ({ cron, timezone }: Times, first: number, now: number, most: number): number[] => {
  const later = cron === null ? [] : latestTimes({ cron, timezone }, now, most).filter((time) => time > first)
  return [first, ...later].slice(-most)
}

/** The next `count` after `after`. */
const nextTimesOf = (times: Times, after: number, count: number): number[] => {
  const found: number[] = []
  for (let next = nextOf(times, after); next !== null && found.length < count; next = nextOf(times, next)) found.push(next)
  return found
}

/** The next `count` times that something starts: none of what is paused, or of what cannot be read any more. */
export const upcomingOf = (schedule: ScheduleRow, now: number, count: number): number[] => {
  if (schedule.paused) return []
  try {
    return nextTimesOf(timesOf(schedule), now, count)
  } catch {
    return []
  }
}
