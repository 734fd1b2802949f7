import { z } from 'zod'
import type { ScheduleRow } from '../db/schedules.ts'
import { shown, whole } from './paging.ts'
import { upcomingOf } from './schedule-times.ts'
import { iso } from './json-fields.ts'

/** What is going to start, as far as schedules say. */

export const upcomingQuery = z.object({ limit: whole(1, 100).default(5).meta(shown(1, 100, '5 when not given.')) })

export const upcomingRunWire = z
  .object({ scheduledAt: z.iso.datetime(), timezone: z.string(), nodeId: z.string().nullable().meta({ description: 'The SCHEDULE_TRIGGER, where that is what starts it.' }) })
  .meta({ id: 'UpcomingRun' })

export const toUpcomingRuns = (schedules: readonly ScheduleRow[], now: number, limit: number): z.output<typeof upcomingRunWire>[] =>
  schedules
    .flatMap((schedule) => upcomingOf(schedule, now, limit).map((time) => ({ time, schedule })))
    .sort((a, b) => a.time - b.time)
    .slice(0, limit)
    .map(({ time, schedule }) => ({ scheduledAt: iso(time), timezone: schedule.timezone, nodeId: schedule.kind === 'trigger' ? schedule.nodeId : null }))
