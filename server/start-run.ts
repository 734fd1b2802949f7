import { z } from 'zod'
import { createRun, findRepeated } from '../db/create-run.ts'
import type { Change, RunRow } from '../db/change.ts'
import type { IdempotencyKey } from '../db/idempotency.ts'
import { getWorkflow } from '../db/workflows.ts'
import { checkInputs } from '../runner/inputs.ts'
import { toFileValue } from '../runner/model/artifact.ts'
import { problem } from '../runner/model/problem.ts'
import type { UserInputs } from '../runner/model/user-inputs.ts'
import { newRun } from '../runner/new-run.ts'
import type { GivenInputs } from '../runner/run-memory.ts'
import { triggerContext } from '../runner/started-by.ts'
import { callbackFields, toCallback } from './callback.ts'
import { startedBy, viewerOf, type Caller } from './caller.ts'
import { givenInputs, givenObject, isForm, settleFiles } from './given-inputs.ts'
import { assertMayExecute } from './permissions.ts'
import type { Call } from './route.ts'
import { triggerForCall } from './self-serve.ts'
import type { Services } from './start.ts'
import { nameUploads, removeUploads, storeUploads, uploadValues, type StoredUpload } from './uploads.ts'

/** Starting a run: inputs in all their forms, checked before the run exists; the run, its files and the caller's key written at once. */

const envText = z.string().max(100_000)
/** In a form, what is true or false comes as text. */
const envValue = z.union([envText, z.strictObject({ value: envText, secret: z.union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })]) })])
const givenEnvs = givenObject('an object of texts', z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'is no variable name'), envValue))

/** What is given in the place of the workflow's envs, and which of it is secret. */
const readEnvs = (given: z.output<typeof givenEnvs> = {}): Pick<GivenInputs, 'envs' | 'secretEnvs'> => ({
  envs: Object.fromEntries(Object.entries(given).map(([name, env]) => [name, typeof env === 'string' ? env : env.value])),
  secretEnvs: Object.entries(given).flatMap(([name, env]) => (typeof env !== 'string' && env.secret ? [name] : [])),
})

/** The body of every call that starts a run. In a form, `inputs` and `envs` are JSON text in one field, or bracket fields (`inputs[month]=…`). */
export const startBody = z
  .strictObject({
    workflowId: z.string().min(1).max(100).meta({ description: 'UUID or identifier.' }),
    trigger: z.string().min(1).max(60).optional().meta({ description: 'Which of several self-serve triggers to fire, by its identifier; the first that is published when not given.' }),
    inputs: givenInputs.optional(),
    envs: givenEnvs.optional(),
    ...callbackFields,
  })
  .meta({ id: 'StartRun' })

export type StartBody = z.output<typeof startBody>

export type Started = { run: RunRow; repeated: boolean }

/** @throws Problem `invalid_request` */
const readKey = (header: string | string[] | undefined): string | null => {
  if (header === undefined) return null
  const key = Array.isArray(header) ? header.join(',') : header
  if (key.length === 0 || key.length > 255 || !/^[\x21-\x7e]+$/.test(key)) throw problem('invalid_request', 'Idempotency-Key must be 1 to 255 visible ASCII characters.')
  return key
}

export const idempotencyOf = ({ hashBody }: Pick<Services, 'hashBody'>, call: { caller: Caller; call: string; headers: { [name: string]: string | string[] | undefined } }, body: unknown): IdempotencyKey | undefined => {
  const key = readKey(call.headers['idempotency-key'])
  if (key === null) return undefined
  const { caller } = call
  return { org: caller.org, caller: `${caller.kind}:${caller.userId ?? ''}`, call: call.call, key, bodyHash: hashBody(body) }
}

type StartCall = Pick<Call<unknown, unknown, StartBody>, 'body' | 'files' | 'caller' | 'call' | 'headers'>

const createFromCall = async (services: Services, call: StartCall, files: readonly StoredUpload[]): Promise<Started> => {
  const { db, clock, seal, jq, followers } = services
  const { body, caller } = call
  const idempotency = idempotencyOf(services, call, { ...body, files: files.map(({ name, artifact }) => [name, artifact.name, artifact.sha256]) })
  const earlier = await findRepeated(db, idempotency, clock.now())
  if (earlier) return { run: earlier, repeated: true }
  const stored = await getWorkflow(db, caller.org, body.workflowId)
  const trigger = triggerForCall(stored, body.trigger)
  // Before the inputs, whose faults would tell what is asked for; and after them, because a policy may look at them.
  assertMayExecute(caller, stored.definition, { trigger: trigger.identifier })
  const userInputs = trigger.config.userInputs as UserInputs | undefined
  const by = startedBy(caller)
  const checked = await checkInputs(userInputs, { ...body.inputs, ...uploadValues(files) }, {
    coerce: isForm(call.headers),
    jq,
    context: triggerContext(by),
  })
  assertMayExecute(caller, stored.definition, { trigger: trigger.identifier, inputs: checked.values })
  const own = files.map(({ artifact }) => toFileValue(artifact))
  const viewer = viewerOf(caller)
  const values = await settleFiles(db, viewer, checked.values, { at: 'inputs', own })
  return createRun(
    db,
    followers,
    newRun(stored, seal, { id: clock.newId(), trigger: trigger.identifier, userInputs, inputs: values, ...readEnvs(body.envs), by, createdBy: caller.userId, seesAllRuns: viewer.seesAllRuns }),
    { at: clock.now(), changes: files.map(({ artifact }): Change => ({ event: { type: 'artifact.created', activityId: null, artifact } })), idempotency, callback: toCallback(services, caller.org, body) },
  )
}

/**
 * Starts a run of the latest version of a workflow from one of its self-serve triggers.
 * @throws Problem `not_found`, `invalid_request` with all faults of the inputs, `not_allowed` by its permissions, `conflict` when no published trigger of the workflow is for calls
 */
export const startRun = async (services: Services, call: StartCall): Promise<Started> => {
  const files = await storeUploads(services, nameUploads(call.files, 'inputs', call.body.inputs ?? {}))
  const started = await createFromCall(services, call, files).catch(async (error: unknown) => {
    await removeUploads(services, files)
    throw error
  })
  if (started.repeated) await removeUploads(services, files)
  else await services.engine.submit(started.run.id)
  return started
}

/** A run as it was when it was created: a repeated call gets the first answer again. */
export const asCreated = (run: RunRow): RunRow => ({
  ...run,
  state: 'PENDING',
  currentStateName: null,
  outputs: null,
  error: null,
  startedAt: null,
  updatedAt: run.createdAt,
  completedAt: null,
})
