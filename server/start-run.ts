import { createHash } from 'node:crypto'
import { z } from 'zod'
import { createRun, type IdempotencyKey } from '../db/create-run.ts'
import type { Change, RunRow } from '../db/event-log.ts'
import { getWorkflow } from '../db/workflows.ts'
import { checkInputs } from '../runner/inputs.ts'
import { toFileValue, type Artifact } from '../runner/model/artifact.ts'
import { problem } from '../runner/model/problem.ts'
import { createRedactor } from '../runner/model/redact.ts'
import { collectSecretValues, hideSecrets, secretInputPaths } from '../runner/model/secret-paths.ts'
import type { UserInputs } from '../runner/model/user-inputs.ts'
import { selfServeTrigger } from '../runner/model/workflow.ts'
import type { GivenInputs } from '../runner/run-memory.ts'
import type { Caller } from './caller.ts'
import type { Upload } from './route.ts'
import type { Services } from './start.ts'

/** Starting a run: inputs in all their forms, checked before the run exists; the run, its files and the caller's key written at once. */

const jsonText = (what: string) =>
  z.string().transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      context.addIssue({ code: 'custom', message: `must be ${what} as JSON text` })
      return z.NEVER
    }
  })

const inputsObject = z.record(z.string(), z.unknown())
const envsObject = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'is no variable name'), z.string().max(100_000))

/** The body of every call that starts a run. In a form, `inputs` and `envs` are JSON text in one field, or bracket fields (`inputs[month]=…`). */
export const startBody = z
  .strictObject({
    workflowId: z.string().min(1).max(100).meta({ description: 'UUID or identifier.' }),
    inputs: z.union([inputsObject, jsonText('an object').pipe(inputsObject)]).optional(),
    envs: z.union([envsObject, jsonText('an object of texts').pipe(envsObject)]).optional(),
  })
  .meta({ id: 'StartRun' })

export type StartBody = z.output<typeof startBody>

export type Started = { run: RunRow; repeated: boolean }

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')

/** @throws Problem `invalid_request` */
const readKey = (header: string | string[] | undefined): string | null => {
  if (header === undefined) return null
  const key = Array.isArray(header) ? header.join(',') : header
  if (key.length === 0 || key.length > 255 || !/^[\x21-\x7e]+$/.test(key)) throw problem('invalid_request', 'Idempotency-Key must be 1 to 255 visible ASCII characters.')
  return key
}

export const idempotencyOf = (call: { caller: Caller; call: string; headers: { [name: string]: string | string[] | undefined } }, body: unknown): IdempotencyKey | undefined => {
  const key = readKey(call.headers['idempotency-key'])
  if (key === null) return undefined
  const { caller } = call
  return { org: caller.org, caller: `${caller.kind}:${caller.userId ?? ''}`, call: call.call, key, bodyHash: hashOf(body) }
}

/** Takes the uploaded files in: `inputs[doc]` is the file of the input `doc`. */
const storeFiles = async (services: Services, uploads: readonly Upload[]): Promise<{ artifacts: Artifact[]; given: Record<string, unknown> }> => {
  const artifacts: Artifact[] = []
  const given: Record<string, unknown> = {}
  for (const upload of uploads) {
    const name = /^inputs\[([^[\]]+)\](?:\[\d*\])?$/.exec(upload.field)?.[1]
    if (name === undefined) {
      await removeFiles(services, artifacts)
      throw problem('invalid_request', `A file came in the field "${upload.field}"; files go in inputs[<name>].`, { details: [{ path: upload.field, code: 'unknown_field', message: 'files go in inputs[<name>]' }] })
    }
    const id = services.clock.newId()
    const stored = await services.files.put(id, { path: upload.path })
    const artifact: Artifact = { id, type: 'input_file', name: upload.name, mimeType: upload.mimeType, ...stored }
    artifacts.push(artifact)
    const before = Object.hasOwn(given, name) ? given[name] : undefined
    Object.defineProperty(given, name, {
      value: before === undefined ? toFileValue(artifact) : [...(Array.isArray(before) ? (before as unknown[]) : [before]), toFileValue(artifact)],
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return { artifacts, given }
}

const removeFiles = async (services: Services, artifacts: readonly Artifact[]): Promise<void> => {
  for (const { id } of artifacts) await services.files.remove(id).catch(() => undefined)
}

/** How inputs are stored for people to see. */
export const shownInputs = (userInputs: unknown, values: Record<string, unknown>): Record<string, unknown> =>
  createRedactor(collectSecretValues(userInputs, values)).redact(hideSecrets(values, secretInputPaths(userInputs))) as Record<string, unknown>

/**
 * Starts a run of the latest version of a workflow from its self-serve trigger.
 * @throws Problem `not_found`, `invalid_request` with all faults of the inputs, `conflict` when nothing in the workflow can be started by a call
 */
export const startRun = async (
  services: Services,
  call: { body: StartBody; files: readonly Upload[]; caller: Caller; call: string; headers: { [name: string]: string | string[] | undefined } },
): Promise<Started> => {
  const { db, clock, seal, engine, jq, followers } = services
  const { body, caller } = call
  const stored = await getWorkflow(db, caller.org, body.workflowId)
  const trigger = selfServeTrigger(stored.definition)
  if (!trigger) throw problem('conflict', `The workflow ${stored.row.identifier} has no self-serve trigger: it is not started by a call.`)
  const { artifacts, given } = await storeFiles(services, call.files)
  try {
    const bracketed = call.headers['content-type']?.toString().startsWith('multipart/') === true
    const userInputs = trigger.config.userInputs as UserInputs | undefined
    const { values } = await checkInputs(userInputs, { ...body.inputs, ...given }, {
      coerce: bracketed,
      jq,
      context: { trigger: { by: { user: { id: caller.userId } } } },
    })
    const idempotency = idempotencyOf(call, { ...body, files: artifacts.map(({ name, sha256 }) => ({ name, sha256 })) })
    const changes: Change[] = artifacts.map((artifact) => ({ event: { type: 'artifact.created', activityId: null, artifact } }))
    const { row, version } = stored
    const started = await createRun(
      db,
      followers,
      {
        id: clock.newId(),
        org: caller.org,
        workflowId: row.id,
        workflowVersion: version,
        workflowIdentifier: row.identifier,
        workflowName: row.title ?? row.identifier,
        trigger: trigger.identifier,
        inputs: shownInputs(userInputs, values),
        sealedInputs: seal.seal({ inputs: values, envs: body.envs ?? {} } satisfies GivenInputs),
        rerunOf: null,
        createdBy: caller.userId,
      },
      { at: clock.now(), changes, idempotency },
    )
    if (started.repeated) await removeFiles(services, artifacts)
    else await engine.submit(started.run.id)
    return started
  } catch (error) {
    await removeFiles(services, artifacts)
    throw error
  }
}
