import { createRun, findRepeated } from '../db/create-run.ts'
import type { Change, RunRow } from '../db/change.ts'
import { getRunDetail } from '../db/runs.ts'
import { doneInRounds, rerunSource } from '../db/rerun-source.ts'
import type { ActivityRow } from '../db/take-run.ts'
import { getWorkflowOfRun } from '../db/workflows.ts'
import { checkInputs } from '../runner/inputs.ts'
import { buildGraph, downstream, readyNodes, type Graph } from '../runner/model/graph.ts'
import { toFileValue } from '../runner/model/artifact.ts'
import { problem } from '../runner/model/problem.ts'
import { isFinal } from '../runner/model/run.ts'
import type { UserInputs } from '../runner/model/user-inputs.ts'
import type { Node } from '../runner/model/workflow.ts'
import { newRun, shownInputs } from '../runner/new-run.ts'
import { outcomeOf, type GivenInputs } from '../runner/run-memory.ts'
import { allRunSecrets } from '../runner/run-secrets.ts'
import { triggerContext } from '../runner/started-by.ts'
import { toCallback } from './callback.ts'
import { assertManages, startedBy, viewerOf } from './caller.ts'
import { isForm, settleFiles } from './given-inputs.ts'
import { assertMayExecute } from './permissions.ts'
import type { Call } from './route.ts'
import type { Services } from './start.ts'
import { asCreated, idempotencyOf } from './start-run.ts'
import { nameUploads, removeUploads, storeUploads, uploadValues, type StoredUpload } from './uploads.ts'

type RerunBody = { fromStepId?: string | undefined; fromFailure?: true | undefined; version: 'original' | 'latest'; inputs?: Record<string, unknown> | undefined; callbackUrl?: string | undefined; callbackSecret?: string | undefined }
type RerunCall = Pick<Call<unknown, unknown, RerunBody>, 'body' | 'files' | 'caller' | 'call' | 'headers'>

/** Whether other inputs are given than it had. */
const hasOwnInputs = ({ body, files }: RerunCall): boolean => body.inputs !== undefined || files.length > 0

/** A node whose output can be kept. */
const isDone = ({ status, outputs }: ActivityRow): boolean => status === 'completed' || status === 'skipped' || (status === 'failed' && outputs !== null)

/** The inputs to run with: those of then, checked again where they are other ones or for another version. */
const inputsFor = async (
  { db, jq }: Services,
  call: RerunCall,
  files: readonly StoredUpload[],
  given: GivenInputs,
  { userInputs, isOtherVersion }: { userInputs: UserInputs | undefined; isOtherVersion: boolean },
): Promise<Record<string, unknown>> => {
  const { body, caller, headers } = call
  const isOther = hasOwnInputs(call)
  if (!isOther && !isOtherVersion) return given.inputs
  const wanted = isOther ? { ...body.inputs, ...uploadValues(files) } : given.inputs
  const { values } = await checkInputs(userInputs, wanted, { coerce: isOther && isForm(headers), jq, context: triggerContext(startedBy(caller)) })
  return isOther ? settleFiles(db, viewerOf(caller), values, { at: 'inputs', own: files.map(({ artifact }) => toFileValue(artifact)) }) : values
}

/**
 * What is kept when it goes on at `from`: all that is done and does not come after it.
 * @throws Problem `conflict` when the run never got there, `invalid_request` when there is no such node
 */
const keptBefore = (graph: Graph, from: string, trigger: string, activities: readonly ActivityRow[]): ActivityRow[] => {
  if (!graph.nodes.has(from))
    throw problem('invalid_request', `This version of the workflow has no node "${from}".`, { details: [{ path: 'fromStepId', code: 'unknown_node', message: 'must be a node of the version that is run' }] })
  const again = downstream(graph, from)
  const kept = activities.filter((activity) => activity.iteration === null && isDone(activity) && graph.nodes.has(activity.nodeId) && !again.has(activity.nodeId))
  const finished = new Map(kept.map(({ nodeId, type, outputs }) => [nodeId, outcomeOf(type, outputs)]))
  if (!readyNodes(graph, trigger, finished).includes(from)) throw problem('conflict', `The run did not get to "${from}": what comes before it is not done.`)
  return kept
}

const holds = ({ config }: Node, id: string): boolean => Array.isArray(config.nodes) && (config.nodes as Node[]).some((node) => node.identifier === id || holds(node, id))

/** The node of the graph itself that a node is, or stands in as a part of a loop. */
const topOf = ({ nodes }: Graph, id: string): string => [...nodes.values()].find((node) => holds(node, id))?.identifier ?? id

/** What a run keeps of the one before, as it was when it was created. */
const keptOutputs = (activities: readonly ActivityRow[]): Record<string, unknown> =>
  Object.fromEntries(activities.filter(({ status, iteration }) => status === 'skipped' && iteration === null).map(({ nodeId, outputs }) => [nodeId, outputs]))

type Made = { run: RunRow; outputs: Record<string, unknown>; repeated: boolean }

const rerunWith = async (services: Services, call: RerunCall, runId: string, files: readonly StoredUpload[]): Promise<Made> => {
  const { db, followers, clock, seal, engine } = services
  const { body, caller } = call
  const viewer = viewerOf(caller)
  const { run: old, activities } = await getRunDetail(db, viewer, runId)
  assertManages(caller, old)
  const idempotency = idempotencyOf(services, call, files.length === 0 ? body : { ...body, files: files.map(({ name, artifact }) => [name, artifact.name, artifact.sha256]) })
  const answerOf = async (run: RunRow, repeated: boolean): Promise<Made> => ({ run: asCreated(run), outputs: keptOutputs((await getRunDetail(db, viewer, run.id)).activities), repeated })
  const earlier = await findRepeated(db, idempotency, clock.now())
  if (earlier) return answerOf(earlier, true)
  if (!isFinal(old.state)) throw problem('conflict', `The run has not ended yet: ${old.state}.`)
  const stored = await getWorkflowOfRun(db, old.workflowId, body.version === 'latest' ? 'latest' : old.workflowVersion)
  const { version, definition } = stored
  // Whom the workflow lets in is said by its latest version, whichever is run.
  const { definition: latest } = await getWorkflowOfRun(db, old.workflowId, 'latest')
  assertMayExecute(caller, latest, { trigger: old.trigger })
  const graph = buildGraph(definition)
  const trigger = graph.nodes.get(old.trigger)
  if (!trigger) throw problem('conflict', `Version ${version} of the workflow has no trigger "${old.trigger}".`)

  const failed = old.error?.stepId
  if (body.fromFailure && !failed) throw problem('conflict', 'The run did not fail at a step.')
  // What failed in a round of a loop is gone on with in that round: the loop begins anew, and finds what its rounds have done.
  const from = body.fromFailure && failed ? topOf(graph, failed) : body.fromStepId
  const hasSameRounds = body.fromFailure === true && from !== failed && version === old.workflowVersion && !hasOwnInputs(call)
  const rounds = from && hasSameRounds ? (await doneInRounds(db, runId, from)).filter(isDone) : []
  const kept = from ? [...keptBefore(graph, from, old.trigger, activities), ...rounds].sort((a, b) => (a.id < b.id ? -1 : 1)) : []

  const given = seal.unseal<GivenInputs>(old.sealedInputs)
  const userInputs = trigger.config.userInputs as UserInputs | undefined
  const inputs = await inputsFor(services, call, files, given, { userInputs, isOtherVersion: version !== old.workflowVersion })
  assertMayExecute(caller, latest, { trigger: old.trigger, inputs })
  const earlierSecrets = allRunSecrets(seal, old)
  const shown = shownInputs(userInputs, inputs, earlierSecrets)
  const changes = kept.map((activity): Change => {
    const { nodeId, title, kind, type, attempt, iteration } = activity
    // New inputs take the place of the old trigger's output as well.
    const isTrigger = nodeId === old.trigger
    const sealed = isTrigger ? seal.seal(inputs) : (activity.sealedOutputs ?? undefined)
    return { event: { type: 'activity.skipped', activity: { id: clock.newId(), nodeId, title, kind, type, attempt, iteration }, outputs: isTrigger ? shown : activity.outputs }, sealed }
  })
  const sealedState = await rerunSource(db, runId, kept)
  const lastChange = changes.at(-1)
  const keptId = lastChange && lastChange.event.type === 'activity.skipped' ? lastChange.event.activity.id : null

  const { run, repeated } = await createRun(
    db,
    followers,
    newRun(stored, seal, { id: clock.newId(), trigger: old.trigger, userInputs, inputs, envs: given.envs, secretEnvs: given.secretEnvs ?? [], by: startedBy(caller), createdBy: caller.userId, seesAllRuns: viewer.seesAllRuns, rerunOf: old.id, earlierSecrets }),
    { at: clock.now(), changes: [...files.map(({ artifact }): Change => ({ event: { type: 'artifact.created', activityId: null, artifact } })), ...changes], checkpoint: sealedState && keptId ? { activityRunId: keptId, sealed: sealedState } : undefined, idempotency, callback: toCallback(services, caller.org, body) },
  )
  if (!repeated) await engine.submit(run.id)
  return answerOf(run, repeated)
}

/**
 * Runs again what has ended, as a new run. From a place in the middle, what was done before it is kept: its outputs, and the browser as it
 * was then. The nodes at and after the place are done anew; of a loop that failed in one of its rounds, what its rounds have not done.
 * @returns the run as it was created, with the outputs that it kept
 * @throws Problem `not_found`, `not_allowed`, `conflict` when the run has not ended or there is nothing to go on from, `invalid_request`
 */
export const rerun = async (services: Services, call: RerunCall, runId: string): Promise<Made> => {
  const files = await storeUploads(services, nameUploads(call.files, 'inputs', call.body.inputs ?? {}))
  const made = await rerunWith(services, call, runId, files).catch(async (error: unknown) => {
    await removeUploads(services, files)
    throw error
  })
  if (made.repeated) await removeUploads(services, files)
  return made
}
