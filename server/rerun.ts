import { createRun } from '../db/create-run.ts'
import type { Change, RunRow } from '../db/event-log.ts'
import { getRunDetail } from '../db/runs.ts'
import { rerunSource } from '../db/rerun-source.ts'
import { getWorkflowOfRun } from '../db/workflows.ts'
import { checkInputs } from '../runner/inputs.ts'
import { buildGraph, downstream } from '../runner/model/graph.ts'
import { problem } from '../runner/model/problem.ts'
import { isFinal } from '../runner/model/run.ts'
import type { UserInputs } from '../runner/model/user-inputs.ts'
import type { GivenInputs } from '../runner/run-memory.ts'
import { viewerOf, type Caller } from './caller.ts'
import type { Services } from './start.ts'
import { idempotencyOf, shownInputs } from './start-run.ts'

type RerunCall = {
  body: { fromStepId?: string | undefined; fromFailure?: true | undefined; version: 'original' | 'latest'; inputs?: Record<string, unknown> | undefined }
  caller: Caller
  call: string
  headers: { [name: string]: string | string[] | undefined }
}

/**
 * Runs again what has ended, as a new run. From a place in the middle, what was done before it is kept: its outputs, and the browser as it
 * was then. The nodes at and after the place are done anew.
 * @throws Problem `not_found`, `conflict` when the run has not ended or there is nothing to go on from, `invalid_request`
 */
export const rerun = async (services: Services, call: RerunCall, runId: string): Promise<{ run: RunRow; outputs: Record<string, unknown> }> => {
  const { db, followers, clock, seal, engine, jq } = services
  const { body, caller } = call
  const { run: old, activities } = await getRunDetail(db, viewerOf(caller), runId)
  if (!isFinal(old.state)) throw problem('conflict', `The run has not ended yet: ${old.state}.`)
  const { row, version, definition } = await getWorkflowOfRun(db, old.workflowId, body.version === 'latest' ? 'latest' : old.workflowVersion)
  const graph = buildGraph(definition)
  const trigger = graph.nodes.get(old.trigger)
  if (!trigger) throw problem('conflict', `Version ${version} of the workflow has no trigger "${old.trigger}".`)

  const from = body.fromFailure ? old.error?.stepId : body.fromStepId
  if (body.fromFailure && !from) throw problem('conflict', 'The run did not fail at a step.')
  if (from && !graph.nodes.has(from))
    throw problem('invalid_request', `Version ${version} of the workflow has no node "${from}".`, { details: [{ path: 'fromStepId', code: 'unknown_node', message: `must be a node of version ${version}` }] })

  const given = seal.unseal<GivenInputs>(old.sealedInputs)
  const userInputs = trigger.config.userInputs as UserInputs | undefined
  const inputs = body.inputs ? (await checkInputs(userInputs, body.inputs, { coerce: false, jq })).values : given.inputs

  const again = from ? downstream(graph, from) : null
  const kept = again
    ? activities.filter((row_) => (row_.status === 'completed' || row_.status === 'skipped' || (row_.status === 'failed' && row_.outputs !== null)) && row_.iteration === null && graph.nodes.has(row_.nodeId) && !again.has(row_.nodeId))
    : []
  const missing = again && from !== old.trigger && kept.length === 0
  if (missing) throw problem('conflict', `The run did not get to "${from}": nothing before it is done.`)

  const changes: Change[] = kept.map((activity) => {
    const { nodeId, title, kind, type, attempt, iteration } = activity
    // New inputs take the place of the old trigger's output as well.
    const outputs = nodeId === old.trigger ? shownInputs(userInputs, inputs) : activity.outputs
    const sealed = nodeId === old.trigger ? seal.seal(inputs) : (activity.sealedOutputs ?? undefined)
    return { event: { type: 'activity.skipped', activity: { id: clock.newId(), nodeId, title, kind, type, attempt, iteration }, outputs }, sealed }
  })
  const last = kept.at(-1)
  const sealedState = last ? await rerunSource(db, runId, last.id) : null
  const lastChange = changes.at(-1)
  const keptId = lastChange && lastChange.event.type === 'activity.skipped' ? lastChange.event.activity.id : null

  const { run } = await createRun(
    db,
    followers,
    {
      id: clock.newId(),
      org: old.org,
      workflowId: row.id,
      workflowVersion: version,
      workflowIdentifier: row.identifier,
      workflowName: definition.title ?? row.identifier,
      trigger: old.trigger,
      inputs: shownInputs(userInputs, inputs),
      sealedInputs: seal.seal({ inputs, envs: given.envs } satisfies GivenInputs),
      rerunOf: old.id,
      createdBy: caller.userId,
    },
    {
      at: clock.now(),
      changes,
      checkpoint: sealedState && keptId ? { activityRunId: keptId, sealed: sealedState } : undefined,
      idempotency: idempotencyOf(call, body),
    },
  )
  await engine.submit(run.id)
  const outputs = Object.fromEntries(changes.flatMap(({ event }) => (event.type === 'activity.skipped' ? [[event.activity.nodeId, event.outputs]] : [])))
  return { run, outputs }
}
