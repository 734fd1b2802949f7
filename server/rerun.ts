import { createRun, findRepeated } from '../db/create-run.ts'
import type { Change, RunRow } from '../db/change.ts'
import { getRunDetail } from '../db/runs.ts'
import { rerunSource } from '../db/rerun-source.ts'
import type { ActivityRow } from '../db/take-run.ts'
import { getWorkflowOfRun } from '../db/workflows.ts'
import { checkInputs } from '../runner/inputs.ts'
import { buildGraph, downstream, readyNodes, type Graph } from '../runner/model/graph.ts'
import { problem } from '../runner/model/problem.ts'
import { isFinal } from '../runner/model/run.ts'
import type { UserInputs } from '../runner/model/user-inputs.ts'
import { outcomeOf, type GivenInputs } from '../runner/run-memory.ts'
import { allRunSecrets } from '../runner/run-secrets.ts'
import { toCallback } from './callback.ts'
import { assertManages, viewerOf, type Caller } from './caller.ts'
import { settleFiles } from './given-inputs.ts'
import { assertMayExecute } from './permissions.ts'
import type { Services } from './start.ts'
import { newRun, shownInputs } from '../runner/new-run.ts'
import { asCreated, idempotencyOf } from './start-run.ts'

type RerunCall = {
  body: { fromStepId?: string | undefined; fromFailure?: true | undefined; version: 'original' | 'latest'; inputs?: Record<string, unknown> | undefined; callbackUrl?: string | undefined; callbackSecret?: string | undefined }
  caller: Caller
  call: string
  headers: { [name: string]: string | string[] | undefined }
}

/** A node whose output can be kept. */
const isDone = ({ status, outputs, iteration }: ActivityRow): boolean =>
  iteration === null && (status === 'completed' || status === 'skipped' || (status === 'failed' && outputs !== null))

/** The inputs to run with: those of then, checked again where they are other ones or for another version. */
const inputsFor = async (
  { db, jq }: Services,
  { body, caller }: RerunCall,
  given: GivenInputs,
  { userInputs, isOtherVersion }: { userInputs: UserInputs | undefined; isOtherVersion: boolean },
): Promise<Record<string, unknown>> => {
  if (!body.inputs && !isOtherVersion) return given.inputs
  const { values } = await checkInputs(userInputs, body.inputs ?? given.inputs, { coerce: false, jq, context: { trigger: { by: { user: { id: caller.userId } } } } })
  return body.inputs ? settleFiles(db, viewerOf(caller), values, { at: 'inputs' }) : values
}

/**
 * What is kept when it goes on at `from`: all that is done and does not come after it.
 * @throws Problem `conflict` when the run never got there, `invalid_request` when there is no such node
 */
const keptBefore = (graph: Graph, from: string, trigger: string, activities: readonly ActivityRow[]): ActivityRow[] => {
  if (!graph.nodes.has(from))
    throw problem('invalid_request', `This version of the workflow has no node "${from}".`, { details: [{ path: 'fromStepId', code: 'unknown_node', message: 'must be a node of the version that is run' }] })
  const again = downstream(graph, from)
  const kept = activities.filter((activity) => isDone(activity) && graph.nodes.has(activity.nodeId) && !again.has(activity.nodeId))
  const finished = new Map(kept.map(({ nodeId, type, outputs }) => [nodeId, outcomeOf(type, outputs)]))
  if (!readyNodes(graph, trigger, finished).includes(from)) throw problem('conflict', `The run did not get to "${from}": what comes before it is not done.`)
  return kept
}

/** What a run keeps of the one before, as it was when it was created. */
const keptOutputs = (activities: readonly { status: string; nodeId: string; outputs: unknown }[]): Record<string, unknown> =>
  Object.fromEntries(activities.filter(({ status }) => status === 'skipped').map(({ nodeId, outputs }) => [nodeId, outputs]))

/**
 * Runs again what has ended, as a new run. From a place in the middle, what was done before it is kept: its outputs, and the browser as it
 * was then. The nodes at and after the place are done anew.
 * @returns the run as it was created, with the outputs that it kept
 * @throws Problem `not_found`, `not_allowed`, `conflict` when the run has not ended or there is nothing to go on from, `invalid_request`
 */
export const rerun = async (services: Services, call: RerunCall, runId: string): Promise<{ run: RunRow; outputs: Record<string, unknown> }> => {
  const { db, followers, clock, seal, engine } = services
  const { body, caller } = call
  const viewer = viewerOf(caller)
  const { run: old, activities } = await getRunDetail(db, viewer, runId)
  assertManages(caller, old)
  const idempotency = idempotencyOf(services, call, body)
  const answerOf = async (run: RunRow) => ({ run: asCreated(run), outputs: keptOutputs((await getRunDetail(db, viewer, run.id)).activities) })
  const earlier = await findRepeated(db, idempotency, clock.now())
  if (earlier) return answerOf(earlier)
  if (!isFinal(old.state)) throw problem('conflict', `The run has not ended yet: ${old.state}.`)
  const stored = await getWorkflowOfRun(db, old.workflowId, body.version === 'latest' ? 'latest' : old.workflowVersion)
  const { version, definition } = stored
  // Whom the workflow lets in is said by its latest version, whichever is run.
  const { definition: latest } = await getWorkflowOfRun(db, old.workflowId, 'latest')
  assertMayExecute(caller, latest)
  const graph = buildGraph(definition)
  const trigger = graph.nodes.get(old.trigger)
  if (!trigger) throw problem('conflict', `Version ${version} of the workflow has no trigger "${old.trigger}".`)

  const from = body.fromFailure ? old.error?.stepId : body.fromStepId
  if (body.fromFailure && !from) throw problem('conflict', 'The run did not fail at a step.')
  const kept = from ? keptBefore(graph, from, old.trigger, activities) : []

  const given = seal.unseal<GivenInputs>(old.sealedInputs)
  const userInputs = trigger.config.userInputs as UserInputs | undefined
  const inputs = await inputsFor(services, call, given, { userInputs, isOtherVersion: version !== old.workflowVersion })
  assertMayExecute(caller, latest, inputs)
  const earlierSecrets = allRunSecrets(seal, old)
  const shown = shownInputs(userInputs, inputs, earlierSecrets)
  const changes: Change[] = kept.map((activity) => {
    const { nodeId, title, kind, type, attempt, iteration } = activity
    // New inputs take the place of the old trigger's output as well.
    const isTrigger = nodeId === old.trigger
    const sealed = isTrigger ? seal.seal(inputs) : (activity.sealedOutputs ?? undefined)
    return { event: { type: 'activity.skipped', activity: { id: clock.newId(), nodeId, title, kind, type, attempt, iteration }, outputs: isTrigger ? shown : activity.outputs }, sealed }
  })
  const last = kept.at(-1)
  const sealedState = last ? await rerunSource(db, runId, last.id) : null
  const lastChange = changes.at(-1)
  const keptId = lastChange && lastChange.event.type === 'activity.skipped' ? lastChange.event.activity.id : null

  const { run, repeated } = await createRun(
    db,
    followers,
    newRun(stored, seal, { id: clock.newId(), trigger: old.trigger, userInputs, inputs, envs: given.envs, secretEnvs: given.secretEnvs ?? [], createdBy: caller.userId, seesAllRuns: viewer.seesAllRuns, rerunOf: old.id, earlierSecrets }),
    { at: clock.now(), changes, checkpoint: sealedState && keptId ? { activityRunId: keptId, sealed: sealedState } : undefined, idempotency, callback: toCallback(services, caller.org, body) },
  )
  if (!repeated) await engine.submit(run.id)
  return answerOf(run)
}
