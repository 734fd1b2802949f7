import { z } from 'zod'
import type { ScheduleRow, ScheduleView } from '../db/schedules.ts'
import { catchUpSchema, overlapSchema } from '../runner/model/schedule.ts'
import { upcomingOf } from './schedule-times.ts'
import { iso, isoOrNull, time } from './json-fields.ts'

/** Schedules: rows → JSON. */

const NEXT = 5

const fields = {
  cron: z.string().nullable(),
  at: time.nullable().meta({ description: 'Of one that comes once.' }),
  timezone: z.string(),
  paused: z.boolean(),
  overlap: overlapSchema,
  catchUp: catchUpSchema,
  inputs: z.record(z.string(), z.unknown()).meta({ description: 'Secrets are not shown.' }),
  nextRuns: z.array(time).meta({ description: 'The next five times; none while it is paused.' }),
  queued: z.array(time).meta({ description: 'Times that have come and wait for the run before to end.' }),
  lastRunAt: time.nullable().meta({ description: 'The latest time that started something.' }),
  lastWorkflowRunId: z.uuid().nullable(),
  lastJobRunId: z.uuid().nullable(),
  lastSkippedAt: time.nullable().meta({ description: 'The latest time that started nothing because the run before had not ended.' }),
  lastError: z.object({ code: z.string(), message: z.string(), at: time }).nullable().meta({ description: 'Why the latest time started nothing.' }),
  createdByUserId: z.string().nullable(),
  createdAt: time,
  updatedAt: time,
}

export const scheduleWire = z.object(fields).meta({ id: 'Schedule', description: 'When a workflow or a job starts by itself.' })

export const listedScheduleWire = z
  .object({
    kind: z.enum(['workflow', 'job', 'trigger']).meta({ description: 'trigger: a SCHEDULE_TRIGGER, which is changed with its workflow.' }),
    workflowId: z.uuid().nullable(),
    jobId: z.uuid().nullable(),
    nodeId: z.string().nullable().meta({ description: 'The SCHEDULE_TRIGGER.' }),
    name: z.string().meta({ description: 'The identifier of the workflow, or the name of the job.' }),
    title: z.string().nullable().meta({ description: 'Of the workflow.' }),
    ...fields,
  })
  .meta({ id: 'ListedSchedule' })

export type ScheduleJson = z.output<typeof scheduleWire>
export type ListedScheduleJson = z.output<typeof listedScheduleWire>

/** @param now in milliseconds since 1970 */
export const toSchedule = (row: ScheduleRow, now: number): ScheduleJson => ({
  cron: row.cron,
  at: isoOrNull(row.onceAt),
  timezone: row.timezone,
  paused: row.paused,
  overlap: row.overlap,
  catchUp: row.catchUp,
  inputs: row.inputs,
  nextRuns: upcomingOf(row, now, NEXT).map(iso),
  queued: (row.queued ?? []).map(iso),
  lastRunAt: isoOrNull(row.lastAt),
  lastWorkflowRunId: row.kind === 'job' ? null : row.lastRunId,
  lastJobRunId: row.kind === 'job' ? row.lastRunId : null,
  lastSkippedAt: isoOrNull(row.lastSkippedAt),
  lastError: row.lastError && { ...row.lastError, at: iso(row.lastError.at) },
  createdByUserId: row.createdBy,
  createdAt: iso(row.createdAt),
  updatedAt: iso(row.updatedAt),
})

export const toListedSchedule = ({ schedule, name, title }: ScheduleView, now: number): ListedScheduleJson => ({
  kind: schedule.kind,
  workflowId: schedule.kind === 'job' ? null : schedule.targetId,
  jobId: schedule.kind === 'job' ? schedule.targetId : null,
  nodeId: schedule.kind === 'trigger' ? schedule.nodeId : null,
  name,
  title,
  ...toSchedule(schedule, now),
})
