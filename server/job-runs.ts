import { createJobRun, findRepeatedJobRun, getJobRun, type JobRunRow, type NewJobRun } from '../db/job-runs.ts'
import { getJob, type JobRow } from '../db/jobs.ts'
import { isJobRunOver } from '../runner/model/job.ts'
import { problem } from '../runner/model/problem.ts'
import type { StartedBy } from '../runner/started-by.ts'
import { toCallback, type CallbackGiven } from './callback.ts'
import { assertManages, startedBy, viewerOf, type Caller } from './caller.ts'
import { asCaller, findParts, formsOf, refuseUnasked, shareInputs, type OnBehalfOf } from './job-parts.ts'
import { presetOf } from './preset.ts'
import type { Services } from './start.ts'
import { idempotencyOf } from './start-run.ts'

/** Starting job runs: everything is checked before they exist, and kept with them as it was then. */

type Inputs = Record<string, unknown>
type Call<B> = { body: B; caller: Caller; call: string; headers: { [name: string]: string | string[] | undefined } }

/** What a job run keeps sealed: what was given to all, what each of its workflows gets, and who started it. */
export type JobInputs = { given: Inputs; shares: Inputs[]; by?: StartedBy }

type Tools = Pick<Services, 'db' | 'jq' | 'seal' | 'clock'>

/**
 * A job run of these workflows as it is stored.
 * @param versions those of the job run before; the latest where there is none
 * @throws Problem `unprocessable`, `invalid_request`, `not_allowed`
 */
const newJobRun = async (
  tools: Tools,
  behalf: OnBehalfOf,
  job: Pick<JobRow, 'id' | 'name' | 'config'>,
  { given, versions, fromIndex = 0, rerunOf = null }: { given: Inputs; versions?: readonly number[] | undefined; fromIndex?: number; rerunOf?: JobRunRow | null },
): Promise<NewJobRun> => {
  const order = job.config.workflowExecutionOrder
  // What was done before is not asked for again, and may be gone by now.
  const parts = await findParts(tools, behalf, order.slice(fromIndex), versions?.slice(fromIndex))
  if (fromIndex === 0) refuseUnasked(parts, given)
  const done = order.slice(0, fromIndex)
  const shares = await shareInputs(tools, behalf, parts, given)
  return {
    id: tools.clock.newId(),
    org: behalf.org,
    jobId: job.id,
    jobName: job.name,
    snapshot: {
      workflowExecutionOrder: [...done, ...parts.map(({ stored }) => stored.row.id)],
      workflowVersions: [...(rerunOf?.snapshot.workflowVersions.slice(0, fromIndex) ?? []), ...parts.map(({ stored }) => stored.version)],
    },
    inputs: presetOf(tools, formsOf(parts), given).inputs,
    sealedInputs: tools.seal.seal({ given, shares: [...done.map(() => ({})), ...shares], by: startedBy(behalf.caller ?? behalf) } satisfies JobInputs),
    anyoneMayView: parts.every(({ stored }) => stored.row.allowAnyoneToViewRuns) && (fromIndex === 0 || rerunOf?.anyoneMayView === true),
    seesAllRuns: behalf.seesAllRuns,
    fromIndex,
    rerunOf: rerunOf?.id ?? null,
    createdBy: behalf.userId,
  }
}

/** A job run of a job as it is now, with its own inputs and those given here in their place. @throws Problem as `newJobRun` */
export const jobRunOf = (tools: Tools, behalf: OnBehalfOf, job: JobRow, inputs: Inputs): Promise<NewJobRun> =>
  newJobRun(tools, behalf, job, { given: { ...tools.seal.unseal<Inputs>(job.sealedInputs), ...inputs } })

/**
 * Starts a job.
 * @throws Problem `not_found`, `unprocessable` when a workflow cannot be started, `invalid_request` with all faults of the inputs of all
 * workflows, `not_allowed` by the permissions of one
 */
export const startJob = async (services: Services, call: Call<{ jobId: string; inputs?: Inputs | undefined } & CallbackGiven>): Promise<JobRunRow> => {
  const { db, followers, clock } = services
  const { body, caller } = call
  const idempotency = idempotencyOf(services, call, body)
  const earlier = await findRepeatedJobRun(db, idempotency, clock.now())
  if (earlier) return earlier
  const { job } = await getJob(db, caller.org, body.jobId)
  const jobRun = await jobRunOf(services, asCaller(caller), job, body.inputs ?? {})
  return (await createJobRun(db, followers, jobRun, { at: clock.now(), idempotency, callback: toCallback(services, caller.org, body, 'job_run') })).jobRun
}

/** Where to go on. @throws Problem `conflict`, `invalid_request` */
const placeToGoOn = ({ status, error, snapshot }: JobRunRow, { fromIndex, fromFailure }: { fromIndex?: number | undefined; fromFailure?: true | undefined }): number => {
  if (fromFailure) {
    if (!error) throw problem('conflict', `The job run did not fail: ${status}.`)
    return error.index
  }
  const count = snapshot.workflowExecutionOrder.length
  if (fromIndex === undefined) return 0
  if (fromIndex >= count) throw problem('invalid_request', `The job has ${count} workflows.`, { details: [{ path: 'fromIndex', code: 'too_big', message: `must be less than ${count}` }] })
  if (error && fromIndex > error.index) throw problem('conflict', `The job run did not get to the workflow ${fromIndex}.`)
  return fromIndex
}

/**
 * Runs a job run again as it was, as a new one: whole, or from one of its workflows on, what comes before it left out.
 * @throws Problem `not_found`, `not_allowed` when it is somebody else's, `conflict` when it has not ended or not got there, and as `startJob`
 */
export const rerunJob = async (
  services: Services,
  call: Call<{ fromIndex?: number | undefined; fromFailure?: true | undefined; version: 'original' | 'latest'; inputs?: Inputs | undefined } & CallbackGiven>,
  id: string,
): Promise<JobRunRow> => {
  const { db, followers, clock, seal } = services
  const { body, caller } = call
  const { jobRun: old } = await getJobRun(db, viewerOf(caller), id)
  assertManages(caller, old)
  const idempotency = idempotencyOf(services, call, body)
  const earlier = await findRepeatedJobRun(db, idempotency, clock.now())
  if (earlier) return earlier
  if (!isJobRunOver(old.status)) throw problem('conflict', `The job run has not ended yet: ${old.status}.`)
  const fromIndex = placeToGoOn(old, body)
  const given = body.inputs ?? seal.unseal<JobInputs>(old.sealedInputs).given
  const versions = body.version === 'original' ? old.snapshot.workflowVersions : undefined
  const job = { id: old.jobId, name: old.jobName, config: old.snapshot }
  const jobRun = await newJobRun(services, asCaller(caller), job, { given, versions, fromIndex, rerunOf: old })
  return (await createJobRun(db, followers, jobRun, { at: clock.now(), idempotency, callback: toCallback(services, caller.org, body, 'job_run') })).jobRun
}
