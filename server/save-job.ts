import { z } from 'zod'
import { createJob, getJob, updateJob, type JobChange, type JobView } from '../db/jobs.ts'
import type { NewSchedule } from '../db/schedules.ts'
import type { JobConfig } from '../runner/model/job.ts'
import type { Caller } from './caller.ts'
import { givenInputs } from './given-inputs.ts'
import { asCaller, findParts, formsOf, refuseUnasked, type JobPart } from './job-parts.ts'
import { presetOf } from './preset.ts'
import { jobScheduleOf } from './save-schedule.ts'
import { scheduleBody } from './schedule-body.ts'
import { SCHEDULES } from './scheduler.ts'
import type { Services } from './start.ts'

/** Saving jobs: whoever puts a workflow into one must be allowed to execute it. */

export const jobBody = z
  .strictObject({
    name: z.string().min(1).max(100),
    sourceProvider: z.string().max(100).nullable().optional(),
    jobConfigJson: z.strictObject({ workflowExecutionOrder: z.array(z.string().min(1).max(100)).min(1).max(100).meta({ description: 'UUIDs or identifiers of workflows; the same one may come several times.' }) }),
    inputs: givenInputs.optional().meta({ description: 'For its runs. Each workflow gets those that its trigger asks for.' }),
    schedule: scheduleBody.nullable().optional().meta({ description: 'When it starts by itself; null for never.' }),
  })
  .meta({ id: 'SaveJob' })

export const partialJobBody = jobBody.partial().meta({ id: 'ChangeJob', description: 'The fields to change.' })

type JobBody = z.output<typeof jobBody>

const configOf = (parts: readonly JobPart[]): JobConfig => ({ workflowExecutionOrder: parts.map(({ stored }) => stored.row.id) })

/** @throws Problem `unprocessable` when a workflow cannot be started, `not_allowed`, `invalid_request` for inputs that none asks for, or that its schedule lacks */
export const addJob = async (services: Services, caller: Caller, { name, sourceProvider, jobConfigJson, inputs = {}, schedule }: JobBody): Promise<JobView> => {
  const { db, clock, followers } = services
  const parts = await findParts(services, asCaller(caller), jobConfigJson.workflowExecutionOrder)
  refuseUnasked(parts, inputs)
  const id = clock.newId()
  const job = {
    id,
    org: caller.org,
    name,
    sourceProvider: sourceProvider ?? null,
    config: configOf(parts),
    ...presetOf(services, formsOf(parts), inputs),
    createdBy: caller.userId,
    createdAt: clock.now(),
  }
  const saved = await createJob(db, job, schedule ? await jobScheduleOf(services, caller, { id, parts, inputs }, schedule, null) : null)
  followers.wake(SCHEDULES)
  return saved
}

/** Changes the fields that are given. @throws Problem `not_found`, and as `addJob` */
export const changeJob = async (services: Services, caller: Caller, id: string, { name, sourceProvider, jobConfigJson, inputs, schedule }: Partial<JobBody>): Promise<JobView> => {
  const { db, clock, seal, followers } = services
  const before = await getJob(db, caller.org, id)
  const what = async (): Promise<{ change: JobChange; schedule: NewSchedule | null | undefined }> => {
    if (!jobConfigJson && !inputs && !schedule) return { change: {}, schedule }
    const given = inputs ?? seal.unseal<Record<string, unknown>>(before.job.sealedInputs)
    const parts = await findParts(services, asCaller(caller), (jobConfigJson ?? before.job.config).workflowExecutionOrder)
    refuseUnasked(parts, given)
    const change = jobConfigJson || inputs ? { config: configOf(parts), ...presetOf(services, formsOf(parts), given) } : {}
    // What it starts with has to fit what it starts, whichever of them changes.
    const body = schedule ?? (schedule === undefined && before.schedule ? {} : null)
    return { change, schedule: body && (await jobScheduleOf(services, caller, { id, parts, inputs: given }, body, before.schedule)) }
  }
  const { change, schedule: next } = await what()
  const named = { ...(name !== undefined && { name }), ...(sourceProvider !== undefined && { sourceProvider }) }
  const saved = await updateJob(db, { org: caller.org, id, change: { ...change, ...named }, schedule: next, by: caller.userId, at: clock.now() })
  followers.wake(SCHEDULES)
  return saved
}
