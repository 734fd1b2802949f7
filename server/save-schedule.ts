import { findSchedule, setSchedule, type NewSchedule, type ScheduleRow } from '../db/schedules.ts'
import type { JobView } from '../db/jobs.ts'
import { getWorkflow } from '../db/workflows.ts'
import { viewerOf, type Caller } from './caller.ts'
import { asCaller, findParts, formsOf, refuseUnasked, shareInputs, type JobPart } from './job-parts.ts'
import { assertMayExecute } from './permissions.ts'
import { presetOf } from './preset.ts'
import { baseOf, termsOf, type ScheduleBody } from './schedule-body.ts'
import { presetInputs, triggerForSchedule } from './schedule-starts.ts'
import { SCHEDULES } from './scheduler.ts'
import type { Services } from './start.ts'

/** Saving schedules: what they will start with is checked as if it was started now, by whoever sets them. */

type Inputs = Record<string, unknown>

/** The inputs to start with: those given, or those that the schedule had. */
const inputsFor = ({ seal }: Services, body: ScheduleBody, before: ScheduleRow | null): Inputs => {
  const base = baseOf(body, before)
  return body.inputs ?? (base?.sealedInputs ? seal.unseal<Inputs>(base.sealedInputs) : {})
}

/**
 * Sets the schedule of a workflow, or changes it.
 * @throws Problem `not_found`, `conflict` when the workflow has no self-serve trigger, `not_allowed` by its permissions, `invalid_request`
 */
export const scheduleWorkflow = async (services: Services, caller: Caller, workflow: string, body: ScheduleBody): Promise<ScheduleRow> => {
  const { db, clock, followers } = services
  const stored = await getWorkflow(db, caller.org, workflow)
  const { userInputs } = triggerForSchedule(stored)
  assertMayExecute(caller, stored.definition)
  const before = await findSchedule(db, stored.row.id)
  const terms = termsOf(body, before, clock.now())
  const given = inputsFor(services, body, before)
  const preset = presetOf(services, [userInputs], given)
  assertMayExecute(caller, stored.definition, { inputs: await presetInputs(services, asCaller(caller), userInputs, given) })
  const saved = await setSchedule(db, { targetId: stored.row.id, nodeId: '', org: caller.org, kind: 'workflow', ...terms, ...preset, createdBy: caller.userId, seesAllRuns: viewerOf(caller).seesAllRuns }, clock.now())
  followers.wake(SCHEDULES)
  return saved
}

/**
 * A schedule of a job, to be saved with the job or by itself.
 * @param job.inputs its own; the schedule's stand beside them, and in their place
 * @throws Problem `not_found` when there is none to change, `invalid_request`, `not_allowed`
 */
export const jobScheduleOf = async (
  services: Services,
  caller: Caller,
  job: { id: string; parts: readonly JobPart[]; inputs: Inputs },
  body: ScheduleBody,
  before: ScheduleRow | null,
): Promise<NewSchedule> => {
  const terms = termsOf(body, before, services.clock.now())
  const given = inputsFor(services, body, before)
  refuseUnasked(job.parts, given)
  const preset = presetOf(services, formsOf(job.parts), given)
  await shareInputs(services, asCaller(caller), job.parts, { ...job.inputs, ...given })
  return { targetId: job.id, nodeId: '', org: caller.org, kind: 'job', ...terms, ...preset, createdBy: caller.userId, seesAllRuns: viewerOf(caller).seesAllRuns }
}

/** Sets the schedule of a job, or changes it. @throws Problem as `jobScheduleOf`; `unprocessable` when a workflow of the job cannot be started */
export const scheduleJob = async (services: Services, caller: Caller, { job, schedule: before }: JobView, body: ScheduleBody): Promise<ScheduleRow> => {
  const { db, clock, followers, seal } = services
  const parts = await findParts(services, asCaller(caller), job.config.workflowExecutionOrder)
  const schedule = await jobScheduleOf(services, caller, { id: job.id, parts, inputs: seal.unseal<Inputs>(job.sealedInputs) }, body, before)
  const saved = await setSchedule(db, schedule, clock.now())
  followers.wake(SCHEDULES)
  return saved
}
