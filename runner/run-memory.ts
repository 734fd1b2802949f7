import type { ActivityRow, TakenRun } from '../db/take-run.ts'
import { toRunIdentifier } from './model/id.ts'
import { buildGraph, type Graph, type Outcome } from './model/graph.ts'
import { createRedactor, type Redactor } from './model/redact.ts'
import { secretInputPaths, secretPaths, secretValues, type SecretPath } from './model/secret-paths.ts'
import type { Variables } from './model/template.ts'
import { isTrigger, type Node, type Workflow } from './model/workflow.ts'
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
  /** How often Chromium ended under each node. */
  browserDeaths: Map<string, number>
  /** Takes in the output of a node that is done. */
  finish(nodeId: string, outputs: unknown): void
  /** Takes back what was done after the last checkpoint and asks for none: its browser is lost. @returns whether there was anything */
  rewind(): boolean
}

/** What must be known of an earlier activity run to decide what comes next. */
export type Seen = Pick<ActivityRow, 'id' | 'nodeId' | 'status' | 'attempt' | 'dueAt'>

/** What a run was started with, sealed in its row. */
export type GivenInputs = { inputs: Record<string, unknown>; envs: Record<string, string> }

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a finished node chose. */
export const outcomeOf = (type: string, outputs: unknown): Outcome =>
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

const keepsNoCheckpoint = (node: Node | undefined): boolean => node?.checkpoint === false

/**
 * What is done counts: completed, kept from an earlier run, or failed with `onFailure: continue` (it has an output then). Nodes that ask for
 * no checkpoint are done again when the browser they worked in is lost: those at the end, that no checkpoint came after.
 */
const doneActivities = (activities: readonly ActivityRow[], graph: Graph, browserLost: boolean): ActivityRow[] => {
  const isDone = (row: ActivityRow) => row.status === 'completed' || row.status === 'skipped' || (row.status === 'failed' && row.outputs !== null)
  const lost = new Set<ActivityRow>()
  if (browserLost)
    for (const row of activities.filter((one) => isDone(one) || one.status === 'waiting').toReversed()) {
      if (!keepsNoCheckpoint(graph.nodes.get(row.nodeId))) break
      lost.add(row)
    }
  return activities.filter((row) => isDone(row) && !lost.has(row))
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
  const graph = buildGraph(definition)
  for (const row of doneActivities(activities, graph, browserLost)) {
    if (row.iteration !== null) continue
    const value = row.sealedOutputs ? seal.unseal(row.sealedOutputs) : row.outputs
    outputs[row.nodeId] = value
    if (row.kind === 'trigger') outputs.trigger = value
    finished.set(row.nodeId, outcomeOf(row.type, value))
  }
  refresh()
  return {
    definition,
    graph,
    variables,
    finished,
    secrets,
    activities: activities.map(({ id, nodeId, status, attempt, dueAt }) => ({ id, nodeId, status, attempt, dueAt })),
    browserDeaths: new Map(),
    finish: (nodeId, value) => {
      outputs[nodeId] = value
      const node = graph.nodes.get(nodeId)
      if (node && isTrigger(node)) outputs.trigger = value
      finished.set(nodeId, outcomeOf(node?.config.type ?? '', value))
      refresh()
    },
    rewind: () => {
      const done = [...finished.keys()]
      const last = done.findLastIndex((nodeId) => !keepsNoCheckpoint(graph.nodes.get(nodeId)))
      const lost = done.slice(last + 1)
      for (const nodeId of lost) {
        finished.delete(nodeId)
        delete outputs[nodeId]
      }
      return lost.length > 0
    },
  }
}
