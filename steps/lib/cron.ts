import { Cron } from 'croner'

/** Times by cron. A time that the clocks jump over comes when they have jumped; one that comes twice comes the first time. */

export type Schedule = { cron: string; timezone: string }

const patternOf = ({ cron, timezone }: Schedule): Cron => new Cron(cron, { timezone, paused: true, mode: '5-or-6-parts' })

/** Why a text is no cron pattern; null when it is one. */
export const cronFault = (cron: string): string | null => {
  if (/^\d{4}-/.test(cron)) return 'must be a cron pattern, not a date'
  try {
    // Any moment will do: what never comes from there on never comes.
    return patternOf({ cron, timezone: 'UTC' }).nextRun(new Date('2000-01-01T00:00:00Z')) ? null : 'never comes'
  } catch (error) {
    return `is no cron pattern: ${(error as Error).message.replace(/^CronPattern: /, '')}`
  }
}

/** The next `count` times after `after`, in milliseconds since 1970; fewer where it ends. */
export const nextTimes = (schedule: Schedule, after: number, count: number): number[] => patternOf(schedule).nextRuns(count, new Date(after)).map((time) => time.getTime())

/** The latest `most` times that have come by `now`, oldest first. */
export const latestTimes = (schedule: Schedule, now: number, most: number): number[] => {
  const nextSecond = (Math.floor(now / 1000) + 1) * 1000
  return patternOf(schedule)
    .previousRuns(most, new Date(nextSecond))
    .map((time) => time.getTime())
    .reverse()
}

/** The moment that a text in ISO 8601 tells, in milliseconds since 1970; without an offset it is a time in the zone. Null when there is no such. */
export const momentOf = (text: string, timezone: string): number | null => {
  const offset = /(Z|[+-]\d{2}:\d{2})$/.exec(text)?.[1]
  const local = offset === undefined ? text : text.slice(0, -offset.length)
  const asUtc = Date.parse(`${local}Z`)
  // Of 30 February some make 2 March.
  if (Number.isNaN(asUtc) || !new Date(asUtc).toISOString().startsWith(local.slice(0, 10))) return null
  const time = offset === undefined ? new Cron(text, { timezone, paused: true, allowPast: true }).nextRun(new Date(0))?.getTime() : Date.parse(text)
  return time === undefined || Number.isNaN(time) ? null : time
}
