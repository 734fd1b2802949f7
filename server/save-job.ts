import { z } from 'zod'
import { createJob, getJob, updateJob, type JobChange, type JobRow } from '../db/jobs.ts'
import type { Caller } from './caller.ts'
import { givenInputs } from './given-inputs.ts'
import { asCaller, findParts, formsOf, refuseUnasked } from './job-parts.ts'
import { presetOf } from './preset.ts'
import type { Services } from './start.ts'

/** Saving jobs: whoever puts a workflow into one must be allowed to execute it. */

export const jobBody = z
  .strictObject({
    name: z.string().min(1).max(100),
    sourceProvider: z.string().max(100).nullable().optional(),
    jobConfigJson: z.strictObject({ workflowExecutionOrder: z.array(z.string().min(1).max(100)).min(1).max(100).meta({ description: 'UUIDs or identifiers of workflows; the same one may come several times.' }) }),
    inputs: givenInputs.optional().meta({ description: 'For its runs. Each workflow gets those that its trigger asks for.' }),
  })
  .meta({ id: 'SaveJob' })

export const partialJobBody = jobBody.partial().meta({ id: 'ChangeJob', description: 'The fields to change.' })

type JobBody = z.output<typeof jobBody>

/** @throws Problem `unprocessable` when a workflow cannot be started, `not_allowed`, `invalid_request` for inputs that none asks for */
export const addJob = async (services: Services, caller: Caller, { name, sourceProvider, jobConfigJson, inputs = {} }: JobBody): Promise<JobRow> => {
  const { db, clock } = services
  const parts = await findParts(services, asCaller(caller), jobConfigJson.workflowExecutionOrder)
  refuseUnasked(parts, inputs)
  return createJob(db, {
    id: clock.newId(),
    org: caller.org,
    name,
    sourceProvider: sourceProvider ?? null,
    config: { workflowExecutionOrder: parts.map(({ stored }) => stored.row.id) },
    ...presetOf(services, formsOf(parts), inputs),
    createdBy: caller.userId,
    createdAt: clock.now(),
  })
}

/** Changes the fields that are given. @throws Problem `not_found`, and as `addJob` */
export const changeJob = async (services: Services, caller: Caller, id: string, { name, sourceProvider, jobConfigJson, inputs }: Partial<JobBody>): Promise<JobRow> => {
  const { db, clock, seal } = services
  const before = await getJob(db, caller.org, id)
  const what = async (): Promise<JobChange> => {
    if (!jobConfigJson && !inputs) return {}
    const given = inputs ?? seal.unseal<Record<string, unknown>>(before.sealedInputs)
    const parts = await findParts(services, asCaller(caller), (jobConfigJson ?? before.config).workflowExecutionOrder)
    refuseUnasked(parts, given)
    return { config: { workflowExecutionOrder: parts.map(({ stored }) => stored.row.id) }, ...presetOf(services, formsOf(parts), given) }
  }
  const change = { ...(await what()), ...(name !== undefined && { name }), ...(sourceProvider !== undefined && { sourceProvider }) }
  return updateJob(db, { org: caller.org, id, change, by: caller.userId, at: clock.now() })
}
