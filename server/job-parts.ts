import type { Viewer } from '../db/runs.ts'
import { getWorkflow, type StoredWorkflow } from '../db/workflows.ts'
import { checkInputs } from '../runner/inputs.ts'
import { joinPath } from '../runner/input-value.ts'
import { problem, Problem, type Fault } from '../runner/model/problem.ts'
import { secretInputPaths } from '../runner/model/secret-paths.ts'
import type { UserInputs } from '../runner/model/user-inputs.ts'
import { selfServeTrigger, whyNoCallStarts } from '../runner/model/node-kind.ts'
import { triggerContext } from '../runner/started-by.ts'
import { startedBy, viewerOf, type Caller } from './caller.ts'
import { settleFiles } from './given-inputs.ts'
import { assertMayExecute } from './permissions.ts'
import type { Services } from './start.ts'

/** The workflows of a job, and what each of them gets of the inputs that were given to all. */

type Tools = Pick<Services, 'db' | 'jq'>
type Inputs = Record<string, unknown>

export type JobPart = { stored: StoredWorkflow; userInputs: UserInputs | undefined }

/** On whose behalf. Without a caller nobody asks: what was allowed when a schedule was made starts by itself. */
export type OnBehalfOf = Viewer & { caller: Caller | null }

export const asCaller = (caller: Caller): OnBehalfOf => ({ ...viewerOf(caller), caller })

const findPart = async ({ db }: Tools, { org, caller }: OnBehalfOf, id: string, version: number | undefined): Promise<JobPart | string> => {
  try {
    const latest = await getWorkflow(db, org, id)
    if (caller) assertMayExecute(caller, latest.definition)
    const stored = version === undefined || version === latest.version ? latest : await getWorkflow(db, org, id, version)
    const trigger = selfServeTrigger(stored.definition)
    return trigger ? { stored, userInputs: trigger.config.userInputs as UserInputs | undefined } : whyNoCallStarts(stored.definition)
  } catch (error) {
    if (error instanceof Problem && error.code === 'not_found') return 'names no workflow'
    throw error
  }
}

/**
 * The workflows of a job, in its order.
 * @param ids UUIDs or identifiers
 * @param versions the latest of each, where none is named
 * @throws Problem `unprocessable` with every place that names nothing that a job can start, `not_allowed` by the permissions of a workflow
 */
export const findParts = async (tools: Tools, behalf: OnBehalfOf, ids: readonly string[], versions: readonly (number | undefined)[] = []): Promise<JobPart[]> => {
  const found = []
  for (const [index, id] of ids.entries()) found.push(await findPart(tools, behalf, id, versions[index]))
  const faults = found.flatMap((part, index): Fault[] => (typeof part === 'string' ? [{ path: `jobConfigJson.workflowExecutionOrder[${index}]`, code: 'unknown_workflow', message: part }] : []))
  if (faults.length > 0) throw problem('unprocessable', `Not every workflow of the job can be started: ${faults.map(({ path, message }) => `${path} ${message}`).join('; ')}.`, { details: faults })
  return found as JobPart[]
}

/** What each of them asks for. */
export const formsOf = (parts: readonly JobPart[]): unknown[] => parts.map(({ userInputs }) => userInputs)

const propertiesOf = ({ userInputs }: JobPart): ReadonlySet<string> | null => (userInputs ? new Set(Object.keys(userInputs.properties)) : null)

/** Inputs that no workflow of the job asks for. @throws Problem `invalid_request` */
export const refuseUnasked = (parts: readonly JobPart[], given: Inputs): void => {
  const asked = parts.map(propertiesOf)
  if (asked.includes(null)) return
  const faults = Object.keys(given)
    .filter((name) => !asked.some((names) => names?.has(name)))
    .map((name): Fault => ({ path: joinPath('inputs', name), code: 'unknown_input', message: 'is asked for by no workflow of the job' }))
  if (faults.length > 0) throw problem('invalid_request', `${faults.slice(0, 3).map(({ path, message }) => `${path} ${message}`).join('; ')}.`, { details: faults })
}

/**
 * What a workflow gets: the inputs that it asks for; where it does not say, all but those that another workflow keeps secret, for it would
 * not know that they are.
 */
const shareOf = (part: JobPart, parts: readonly JobPart[], given: Inputs): Inputs => {
  const asked = propertiesOf(part)
  const secret = new Set(formsOf(parts).flatMap((form) => secretInputPaths(form).map(([name]) => name)))
  return Object.fromEntries(Object.entries(given).filter(([name]) => (asked ? asked.has(name) : !secret.has(name))))
}

/**
 * What each workflow starts with, checked: before anything of the job runs, and all faults at once.
 * @throws Problem `invalid_request`, `not_allowed` by the permissions of a workflow
 */
export const shareInputs = async ({ db, jq }: Tools, { caller, ...viewer }: OnBehalfOf, parts: readonly JobPart[], given: Inputs): Promise<Inputs[]> => {
  const faults: Fault[] = []
  const shares: Inputs[] = []
  for (const part of parts) {
    const { identifier } = part.stored.row
    try {
      const { values } = await checkInputs(part.userInputs, shareOf(part, parts, given), { coerce: false, jq, context: triggerContext(startedBy(caller ?? viewer)) })
      if (caller) assertMayExecute(caller, part.stored.definition, { inputs: values })
      shares.push(await settleFiles(db, viewer, values, { at: 'inputs' }))
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'invalid_request')) throw error
      const told = Array.isArray(error.details) ? (error.details as Fault[]) : [{ path: 'inputs', code: 'invalid', message: error.message }]
      faults.push(...told.map((fault) => ({ ...fault, message: `${fault.message} (${identifier})` })))
    }
  }
  if (faults.length > 0) throw problem('invalid_request', `${faults.slice(0, 3).map(({ path, message }) => `${path} ${message}`).join('; ')}${faults.length > 3 ? `; and ${faults.length - 3} more` : ''}.`, { details: faults })
  return shares
}
