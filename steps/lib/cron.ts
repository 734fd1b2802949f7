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

/** The next time after `after`, in milliseconds since 1970; null when there is none. */
export const nextTime = (schedule: Schedule, after: number): number | null => patternOf(schedule).nextRun(new Date(after))?.getTime() ?? null

/** The latest time that has come by `now`. */
export const latestTime = (schedule: Schedule, now: number): number | null => {
  const nextSecond = (Math.floor(now / 1000) + 1) * 1000
  return patternOf(schedule).previousRuns(1, new Date(nextSecond))[0]?.getTime() ?? null
}
