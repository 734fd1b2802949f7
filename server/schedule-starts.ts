import type { Start } from '../db/due-schedules.ts'
import { getJob } from '../db/jobs.ts'
import type { ScheduleRow } from '../db/schedules.ts'
import { getWorkflow, type StoredWorkflow } from '../db/workflows.ts'
import { checkInputs } from '../runner/inputs.ts'
import { selfServeTrigger, whyNoCallStarts } from '../runner/model/node-kind.ts'
import { problem } from '../runner/model/problem.ts'
import { scheduleTriggerOf } from '../runner/model/triggers.ts'
import type { UserInputs } from '../runner/model/user-inputs.ts'
import type { Node } from '../runner/model/workflow.ts'
import { newRun } from '../runner/new-run.ts'
import { triggerContext } from '../runner/started-by.ts'
import { startedBy } from './caller.ts'
import { settleFiles } from './given-inputs.ts'
import type { OnBehalfOf } from './job-parts.ts'
import { jobRunOf } from './job-runs.ts'
import type { Services } from './start.ts'

/** What a schedule starts: the workflow or job as it is then, in the name of whoever set the schedule: it may see what they could see then. */

type Tools = Pick<Services, 'db' | 'jq' | 'seal' | 'clock'>

/** The trigger that a schedule fires. @throws Problem `conflict` when the workflow has none, or none that is published */
export const triggerForSchedule = ({ row, definition }: StoredWorkflow): { trigger: Node; userInputs: UserInputs | undefined } => {
  const trigger = selfServeTrigger(definition)
  if (!trigger) throw problem('conflict', `The workflow ${row.identifier} ${whyNoCallStarts(definition)}. A schedule of its own cannot start it either; a SCHEDULE_TRIGGER in it can.`)
  return { trigger, userInputs: trigger.config.userInputs as UserInputs | undefined }
}

/** Preset inputs, checked against what the workflow asks for. @throws Problem `invalid_request` */
export const presetInputs = async ({ db, jq }: Pick<Tools, 'db' | 'jq'>, { caller, ...viewer }: OnBehalfOf, userInputs: UserInputs | undefined, given: Record<string, unknown>): Promise<Record<string, unknown>> => {
  const { values } = await checkInputs(userInputs, given, { coerce: false, jq, context: triggerContext(startedBy(caller ?? viewer)) })
  return settleFiles(db, viewer, values, { at: 'inputs' })
}

const unsealed = ({ seal }: Tools, { sealedInputs }: ScheduleRow): Record<string, unknown> => (sealedInputs ? seal.unseal(sealedInputs) : {})

const ofTrigger = async ({ db, seal, clock }: Tools, { org, targetId, nodeId }: ScheduleRow, times: readonly number[]): Promise<Start[]> => {
  const stored = await getWorkflow(db, org, targetId)
  const node = stored.definition.nodes.find(({ identifier }) => identifier === nodeId)
  const trigger = node && scheduleTriggerOf(node)
  if (!trigger) return []
  return times.map((time) => {
    const inputs = { scheduledAt: new Date(time).toISOString(), ...trigger.inputs }
    return { time, run: newRun(stored, seal, { id: clock.newId(), trigger: nodeId, userInputs: undefined, inputs, envs: {}, createdBy: null }) }
  })
}

const ofWorkflow = async (tools: Tools, schedule: ScheduleRow, times: readonly number[]): Promise<Start[]> => {
  const { db, seal, clock } = tools
  const { org, targetId, createdBy, seesAllRuns } = schedule
  const stored = await getWorkflow(db, org, targetId)
  const { trigger, userInputs } = triggerForSchedule(stored)
  const inputs = await presetInputs(tools, { org, userId: createdBy, seesAllRuns, caller: null }, userInputs, unsealed(tools, schedule))
  return times.map((time) => ({ time, run: newRun(stored, seal, { id: clock.newId(), trigger: trigger.identifier, userInputs, inputs, envs: {}, by: startedBy({ userId: createdBy }), createdBy, seesAllRuns }) }))
}

const ofJob = async (tools: Tools, schedule: ScheduleRow, times: readonly number[]): Promise<Start[]> => {
  const { org, targetId, createdBy: userId, seesAllRuns } = schedule
  const { job } = await getJob(tools.db, org, targetId)
  const starts: Start[] = []
  for (const time of times) starts.push({ time, jobRun: await jobRunOf(tools, { org, userId, seesAllRuns, caller: null }, job, unsealed(tools, schedule)) })
  return starts
}

/** A run, or a job run, for each of `times`. @throws Problem when it cannot be started as it is now: deleted, or its preset inputs are not those it asks for any more */
export const startsOf = (tools: Tools, schedule: ScheduleRow, times: readonly number[]): Promise<Start[]> => {
  if (times.length === 0) return Promise.resolve([])
  const make = { trigger: ofTrigger, workflow: ofWorkflow, job: ofJob }[schedule.kind]
  return make(tools, schedule, times)
}
