import { z } from 'zod'
import type { JobRunRow, JobRunView } from '../db/job-runs.ts'
import type { JobView } from '../db/jobs.ts'
import { JOB_RUN_STATUSES } from '../runner/model/job.ts'
import { scheduleWire, toSchedule } from './schedule-wire.ts'
import { iso, isoOrNull, time } from './json-fields.ts'
import { userFormWire } from './user-form-wire.ts'
import { runWire, toRun } from './wire.ts'

/** Jobs and job runs: rows → JSON. */

const anyObject = z.record(z.string(), z.unknown())

const jobConfigWire = z.object({ workflowExecutionOrder: z.array(z.uuid()) })

export const jobWire = z
  .object({
    id: z.uuid(),
    name: z.string(),
    sourceProvider: z.string().nullable(),
    jobConfigJson: jobConfigWire,
    schedule: scheduleWire.nullable(),
    inputs: anyObject.meta({ description: 'What its runs begin with, where they say nothing else; secrets are not shown.' }),
    createdByUserId: z.string().nullable(),
    updatedByUserId: z.string().nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Job', description: 'An ordered list of workflows.' })

export const jobRunWire = z
  .object({
    id: z.uuid(),
    jobId: z.uuid(),
    jobName: z.string(),
    status: z.enum(JOB_RUN_STATUSES),
    jobConfigJsonSnapshot: jobConfigWire.extend({ workflowVersions: z.array(z.int()) }).meta({ description: 'The job, and the versions of its workflows, when this was created.' }),
    inputs: anyObject,
    workflowRuns: z.array(runWire).meta({ description: 'Those that have been started, in their order.' }),
    awaiting: userFormWire.nullable().meta({ description: 'The question that its present run asks a person.' }),
    error: z
      .object({ code: z.string(), message: z.string(), index: z.int().meta({ description: 'Of the workflow, from 0.' }), workflowId: z.string(), workflowRunId: z.uuid().nullable() })
      .nullable(),
    fromIndex: z.int().meta({ description: 'Where it began: more than 0 when it goes on where another stopped.' }),
    rerunOf: z.uuid().nullable(),
    createdByUserId: z.string().nullable(),
    createdAt: time,
    startedAt: time.nullable(),
    updatedAt: time,
    completedAt: time.nullable(),
  })
  .meta({ id: 'JobRun', description: 'One execution of a job.' })

export type JobJson = z.output<typeof jobWire>
export type JobRunJson = z.output<typeof jobRunWire>

/** @param now in milliseconds since 1970 */
export const toJob = ({ job, schedule }: JobView, now: number): JobJson => ({
  id: job.id,
  name: job.name,
  sourceProvider: job.sourceProvider,
  jobConfigJson: job.config,
  schedule: schedule && toSchedule(schedule, now),
  inputs: job.inputs,
  createdByUserId: job.createdBy,
  updatedByUserId: job.updatedBy,
  createdAt: iso(job.createdAt),
  updatedAt: iso(job.updatedAt),
})

/** @param now for the durations of runs that still go on, in milliseconds since 1970 */
export const toJobRun = ({ jobRun, runs }: JobRunView, now: number): JobRunJson => {
  const workflowRuns = runs.map((view) => toRun(view, now))
  return {
    id: jobRun.id,
    jobId: jobRun.jobId,
    jobName: jobRun.jobName,
    status: jobRun.status,
    jobConfigJsonSnapshot: jobRun.snapshot,
    inputs: jobRun.inputs,
    workflowRuns,
    awaiting: workflowRuns.find(({ awaiting }) => awaiting !== null)?.awaiting ?? null,
    error: jobRun.error,
    fromIndex: jobRun.fromIndex,
    rerunOf: jobRun.rerunOf,
    createdByUserId: jobRun.createdBy,
    createdAt: iso(jobRun.createdAt),
    startedAt: isoOrNull(jobRun.startedAt),
    updatedAt: iso(jobRun.updatedAt),
    completedAt: isoOrNull(jobRun.completedAt),
  }
}

/** A job run as it was when it was created: a repeated call gets the first answer again. */
export const toCreatedJobRun = (jobRun: JobRunRow): z.output<typeof jobRunWire> =>
  toJobRun({ jobRun: { ...jobRun, status: 'PENDING', error: null, startedAt: null, updatedAt: jobRun.createdAt, completedAt: null }, runs: [] }, jobRun.createdAt)
