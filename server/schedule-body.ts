import { z } from 'zod'
import type { ScheduleRow } from '../db/schedules.ts'
import { cronFault, momentOf } from '../runner/cron.ts'
import { zodFaults } from '../runner/check-workflow.ts'
import { problem, type Fault } from '../runner/model/problem.ts'
import { catchUpSchema, overlapSchema, timeZone } from '../runner/model/schedule.ts'
import { givenInputs } from './given-inputs.ts'

/** What a caller says of a schedule. */

export const scheduleBody = z
  .strictObject({
    cron: z
      .string()
      .min(1, { abort: true })
      .max(200)
      .superRefine((cron, report) => {
        const fault = cronFault(cron)
        if (fault !== null) report.addIssue({ code: 'custom', message: fault })
      })
      .optional()
      .meta({ description: 'Five fields, six with seconds in front, or a name such as @hourly.' }),
    at: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?$/, 'must be a time in ISO 8601')
      .optional()
      .meta({ description: 'In place of cron: once. Without an offset it is a time in the time zone.' }),
    timezone: timeZone.optional().meta({ description: 'Of the IANA database; UTC when not given.' }),
    paused: z.boolean().optional(),
    overlap: overlapSchema.optional().meta({ description: 'At a time when the run before has not ended: start nothing (skip, the default), wait for its end (queue), or start beside it (allow).' }),
    catchUp: catchUpSchema.optional().meta({ description: 'Of the times that passed while the server was stopped, make up for the latest (the default), for all (the last 100), or for none.' }),
    inputs: givenInputs.optional().meta({ description: 'What is started with.' }),
  })
  .refine(({ cron, at }) => cron === undefined || at === undefined, 'Give either cron or at.')
  .meta({ id: 'SetSchedule', description: 'Without cron and at: the fields to change of the schedule that is there.' })

export type ScheduleBody = z.output<typeof scheduleBody>

type Terms = Pick<ScheduleRow, 'cron' | 'onceAt' | 'timezone' | 'paused' | 'overlap' | 'catchUp'>

const isChange = ({ cron, at }: ScheduleBody): boolean => cron === undefined && at === undefined

/** What a body that changes a schedule changes it from: itself; a body that says when begins anew. */
export const baseOf = <T>(body: ScheduleBody, before: T | null): T | null => (isChange(body) ? before : null)

/** The moment that `at` names, or why it names none that is to come. */
const readMoment = (at: string, timezone: string, now: number): number | Fault => {
  const time = momentOf(at, timezone)
  return time === null || time <= now ? { path: 'at', code: 'custom', message: time === null ? 'is no time' : 'has passed already' } : time
}

/** @throws Problem `invalid_request` when `at` is not to come */
const moment = (at: string, timezone: string, now: number): number => {
  const time = readMoment(at, timezone, now)
  if (typeof time !== 'number') throw problem('invalid_request', `at: ${time.message}.`, { details: [time] })
  return time
}

/**
 * The terms that a body sets.
 * @param before the schedule that is there
 * @throws Problem `not_found` when nothing says when and there is none, `invalid_request`
 */
export const termsOf = (body: ScheduleBody, before: Terms | null, now: number): Terms => {
  const base = baseOf(body, before)
  if (!base && isChange(body)) throw problem('not_found', 'There is no schedule to change. Give cron or at to make one.')
  const timezone = body.timezone ?? base?.timezone ?? 'UTC'
  return {
    cron: body.cron ?? base?.cron ?? null,
    onceAt: body.at === undefined ? (base?.onceAt ?? null) : moment(body.at, timezone, now),
    timezone,
    paused: body.paused ?? base?.paused ?? false,
    overlap: body.overlap ?? base?.overlap ?? 'skip',
    catchUp: body.catchUp ?? base?.catchUp ?? 'latest',
  }
}

/** What is wrong with when something is to start, while it is written; or its terms. */
export const checkTimes = (given: { cron?: string | undefined; at?: string | undefined; timezone?: string | undefined }, now: number): { faults: Fault[] } | { terms: Terms } => {
  const parsed = scheduleBody.safeParse(given)
  if (!parsed.success) return { faults: zodFaults(parsed.error) }
  if (isChange(parsed.data)) return { faults: [{ path: 'cron', code: 'required', message: 'is missing: give cron or at' }] }
  const time = parsed.data.at === undefined ? 0 : readMoment(parsed.data.at, parsed.data.timezone ?? 'UTC', now)
  return typeof time === 'number' ? { terms: termsOf(parsed.data, null, now) } : { faults: [time] }
}
