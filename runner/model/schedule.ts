import { z } from 'zod'

/** When something starts by itself, and what becomes of times that pass while it cannot. */

/** Of the IANA database. */
export const timeZone = z
  .string()
  .max(60)
  .refine((zone) => {
    try {
      return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }))
    } catch {
      return false
    }
  }, 'is no IANA time zone')

/** What happens at a time when the run before has not ended: nothing, it waits for that, or it starts beside it. */
export const overlapSchema = z.enum(['skip', 'queue', 'allow'])
/** Which of the times that passed while the server was stopped are made up for. */
export const catchUpSchema = z.enum(['latest', 'all', 'none'])

export type Overlap = z.output<typeof overlapSchema>
export type CatchUp = z.output<typeof catchUpSchema>

/** The times of a cron pattern, or one moment (milliseconds since 1970). */
export type Times = { cron: string | null; at: number | null; timezone: string }
