import type { ActivityRow, TakenRun } from '../db/take-run.ts'
import { toRunIdentifier } from './model/id.ts'
import { buildGraph, type Graph, type Outcome } from './model/graph.ts'
import { createRedactor, type Redactor } from './model/redact.ts'
import { secretInputPaths, secretPaths, secretValues, type SecretPath } from './model/secret-paths.ts'
import type { Variables } from './model/template.ts'
import { isTrigger, type Workflow } from './model/workflow.ts'
import type { Seal } from './seal.ts'

/** What a run knows while it advances. Made anew from the store each time: nothing here is the only copy. */
export type RunMemory = {
  definition: Workflow
  graph: Graph
  variables: Variables & { outputs: Record<string, unknown> }
  /** Nodes that are done, with what a condition chose. */
  finished: Map<string, Outcome>
  secrets: { paths: SecretPath[]; redactor: Redactor; used: boolean }
  /** The activity runs so far, oldest first. */
  activities: Seen[]
  /** Takes in the output of a node that is done. */
  finish(nodeId: string, outputs: unknown): void
}

/** What must be known of an earlier activity run to decide what comes next. */
export type Seen = Pick<ActivityRow, 'id' | 'nodeId' | 'status' | 'attempt' | 'dueAt'>

/** What a run was started with, sealed in its row. */
export type GivenInputs = { inputs: Record<string, unknown>; envs: Record<string, string> }

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const outcomeOf = (type: string, outputs: unknown): Outcome =>
  type === 'CONDITION' ? { selected: isObject(outputs) && typeof outputs.selected === 'string' ? outputs.selected : null } : {}

/**
 * Where a run's secrets lie: password inputs, wherever a trigger or a question asked for them.
 * @see contract, section 6
 */
const pathsOf = (definition: Workflow): SecretPath[] => [
  ...secretPaths(definition.nodes.filter(isTrigger).map((node) => ({ identifier: node.identifier, userInputs: node.config.userInputs }))),
  ...definition.nodes
    .filter((node) => !isTrigger(node))
    .flatMap((node) => secretInputPaths(node.config.userInputs).map((path) => ['outputs', node.identifier, 'values', ...path])),
]

/**
 * What is done counts: completed, kept from an earlier run, or failed with `onFailure: continue` (it has an output then). Nodes that ask for
 * no checkpoint are done again when the browser they worked in is lost: those at the end, that no checkpoint came after.
 */
const doneActivities = (activities: readonly ActivityRow[], definition: Workflow, browserLost: boolean): ActivityRow[] => {
  const done = activities.filter((row) => row.status === 'completed' || row.status === 'skipped' || (row.status === 'failed' && row.outputs !== null))
  if (!browserLost) return done
  const redone = new Set(definition.nodes.filter((node) => node.checkpoint === false).map((node) => node.identifier))
  let end = done.length
  while (end > 0 && redone.has(done[end - 1]!.nodeId)) end--
  return done.slice(0, end)
}

export const createRunMemory = (taken: TakenRun, seal: Seal, { browserLost }: { browserLost: boolean }): RunMemory => {
  const { run, definition, activities } = taken
  const { inputs, envs } = seal.unseal<GivenInputs>(run.sealedInputs)
  const paths = pathsOf(definition)
  const outputs: Record<string, unknown> = {}
  const finished = new Map<string, Outcome>()
  const variables = {
    inputs,
    outputs,
    envs: { ...Object.fromEntries((definition.envs ?? []).map(({ name, value }) => [name, value])), ...envs },
    secrets: {},
    run: { id: run.id, identifier: toRunIdentifier(run.id), createdAt: new Date(run.createdAt).toISOString() },
    workflow: { id: run.workflowId, identifier: run.workflowIdentifier, version: run.workflowVersion },
  }
  let known = ''
  const secrets: RunMemory['secrets'] = { paths, redactor: createRedactor([]), used: false }
  const refresh = (): void => {
    const values = secretValues(variables, paths)
    const key = values.join('\u0000')
    if (key === known) return
    known = key
    secrets.redactor = createRedactor(values)
    secrets.used = values.length > 0
  }
  for (const row of doneActivities(activities, definition, browserLost)) {
    if (row.iteration !== null) continue
    const value = row.sealedOutputs ? seal.unseal(row.sealedOutputs) : row.outputs
    outputs[row.nodeId] = value
    if (row.kind === 'trigger') outputs.trigger = value
    finished.set(row.nodeId, outcomeOf(row.type, value))
  }
  refresh()
  const graph = buildGraph(definition)
  return {
    definition,
    graph,
    variables,
    finished,
    secrets,
    activities: activities.map(({ id, nodeId, status, attempt, dueAt }) => ({ id, nodeId, status, attempt, dueAt })),
    finish: (nodeId, value) => {
      outputs[nodeId] = value
      const node = graph.nodes.get(nodeId)
      if (node && isTrigger(node)) outputs.trigger = value
      finished.set(nodeId, outcomeOf(node?.config.type ?? '', value))
      refresh()
    },
  }
}
