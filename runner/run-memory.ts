import type { ActivityRow, TakenRun } from '../db/take-run.ts'
import { isActivityFinal } from './model/activity.ts'
import { buildGraph, type Graph, type Outcome } from './model/graph.ts'
import { toRunIdentifier } from './model/id.ts'
import { createRedactor, type Redactor } from './model/redact.ts'
import { collectSecretValues, secretInputPaths, secretPaths, secretValues, type SecretPath } from './model/secret-paths.ts'
import type { Variables } from './model/template.ts'
import { ASSUMED_TRIGGER, isTrigger } from './model/node-kind.ts'
import { allNodes, type Body, type Node, type Workflow } from './model/workflow.ts'
import { MAIN_TAB } from './run-browser.ts'
import type { Memo } from '../steps/lib/step.ts'
import { readRunSecrets } from './run-secrets.ts'
import { unsealAnswers } from './sealed-answers.ts'
import type { Seal } from './seal.ts'
import { startedById, type StartedBy } from './started-by.ts'

/** What a run knows while it advances. Made anew from the store each time: nothing here is the only copy. */
export type RunMemory = {
  definition: Workflow
  by: StartedBy
  /** The workflow's own graph; loops have one for each round of theirs. */
  top: Scope
  secrets: {
    paths: SecretPath[]
    redactor: Redactor
    used: boolean
    /** Takes values that must not be shown from now on. */
    learn(values: Iterable<string>): void
    /** All that are known by now. */
    known(): string[]
  }
  /** The activity runs that have not ended. */
  open: Set<Seen>
  /** The activity runs of a node in a scope so far, oldest first. */
  seen(scope: Scope, nodeId: string): Seen[]
  add(seen: Seen): void
  /** Takes in what must not be shown of the output of a node, before any of it is. */
  learn(scope: Scope, nodeId: string, outputs: unknown): void
  /** Takes in the output of a node that is done: what comes after it may begin. */
  finish(scope: Scope, nodeId: string, outputs: unknown): void
  /** Takes back what was done last in a scope and asks for no checkpoint: the page that it led to is lost. @returns whether there was anything */
  rewind(scope: Scope): boolean
  /** How often Chromium ended under a node. */
  browserDeaths: Map<string, number>
  /** Whether anything of a round of a loop has begun. */
  hasBegun(scope: Scope, loop: Node, index: number): boolean
  /** The scope of one round of a loop. `page`: the tab that it works in. */
  enter(scope: Scope, loop: Node, body: Body, round: { index: number; item: unknown; page: string }): Scope
}

/** A graph that is being walked, and how far it is. */
export type Scope = {
  /** Null at the top; in the fourth round of the loop `each` it is `each[3]`, and `each[3].inner[0]` in a loop in there. */
  iteration: string | null
  graph: Graph
  /** Where it was entered: the trigger that fired. */
  trigger: string
  variables: Variables & { outputs: Record<string, unknown> }
  /** Nodes that are done, with what a condition chose. */
  finished: Map<string, Outcome>
  /** The outputs of this scope's own nodes. */
  outputs: Record<string, unknown>
  /** The browser tab that the first branch works in. */
  page: string
}

/** What must be known of an earlier activity run to decide what comes next. */
export type Seen = Pick<ActivityRow, 'id' | 'nodeId' | 'iteration' | 'type' | 'status' | 'attempt' | 'dueAt' | 'waitsFor'> & {
  /** What its step left with a timer. */
  memo?: Memo | null
}

/** What a run was started with, sealed in its row. */
export type GivenInputs = {
  inputs: Record<string, unknown>
  envs: Record<string, string>
  /** Which of the envs are secrets, beside those that the workflow says are. */
  secretEnvs?: readonly string[]
  by?: StartedBy
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a finished node chose. */
export const outcomeOf = (type: string | undefined, outputs: unknown): Outcome =>
  type === 'CONDITION' ? { selected: isObject(outputs) && typeof outputs.selected === 'string' ? outputs.selected : null } : {}

/**
 * Where a run's secrets lie: stored ones, password inputs wherever a trigger or a question asked for them, envs that are marked, codes of TOTP.
 * @see contract, section 6
 */
const pathsOf = (definition: Workflow, secretEnvs: readonly string[]): SecretPath[] => {
  const nodes = allNodes(definition)
  const marked = (definition.envs ?? []).filter(({ secret }) => secret === true).map(({ name }) => name)
  return [
    ...[...marked, ...secretEnvs].map((name) => ['envs', name]),
    ...nodes.filter((node) => node.config.type === 'TOTP').map((node) => ['outputs', node.identifier]),
    ...secretPaths(nodes.filter(isTrigger).map((node) => ({ identifier: node.identifier, userInputs: node.config.userInputs }))),
    ...nodes
      .filter((node) => !isTrigger(node))
      .flatMap((node) => secretInputPaths(node.config.userInputs).flatMap((path) => [['outputs', node.identifier, 'values', ...path], ['outputs', node.identifier, 'answers', '*', 'values', ...path]])),
  ]
}

/**
 * What is done counts: completed, kept from an earlier run, or failed with `onFailure: continue` (it has an output then). Nodes that ask for
 * no checkpoint are done again when the browser they worked in is lost: those at the end, that no checkpoint came after.
 */
const doneActivities = (activities: readonly ActivityRow[], keepsNoCheckpoint: (nodeId: string) => boolean, browserLost: boolean): ActivityRow[] => {
  const isDone = (row: ActivityRow) => row.status === 'completed' || row.status === 'skipped' || (row.status === 'failed' && row.outputs !== null)
  const lost = new Set<ActivityRow>()
  if (browserLost)
    for (const row of activities.filter((one) => isDone(one) || one.status === 'waiting').toReversed()) {
      if (!keepsNoCheckpoint(row.nodeId)) break
      lost.add(row)
    }
  // One that is being done again, and what came after it the first time, are lost for as long as that takes, also when the browser is there again.
  for (const [at, again] of activities.entries()) {
    if (isActivityFinal(again.status)) continue
    const first = activities.findIndex((row) => isDone(row) && row.nodeId === again.nodeId && row.iteration === again.iteration)
    if (first >= 0) for (const row of activities.slice(first, at)) if (keepsNoCheckpoint(row.nodeId)) lost.add(row)
  }
  return activities.filter((row) => isDone(row) && !lost.has(row))
}

/** A loop's rounds walk the same graph. */
const graphs = new WeakMap<Body, Graph>()
const graphOf = (body: Body): Graph => {
  const known = graphs.get(body) ?? buildGraph(body)
  graphs.set(body, known)
  return known
}

/** What the `iteration` of all that belongs to a loop of a scope begins with. */
export const roundsOf = (scope: Scope, loop: string): string => `${scope.iteration === null ? '' : `${scope.iteration}.`}${loop}[`
export const iterationOf = (scope: Scope, loop: Node, index: number): string => `${roundsOf(scope, loop.identifier)}${index}]`

/** What names a node of a scope. */
export const placeOf = (iteration: string | null, nodeId: string): string => `${iteration ?? ''}\n${nodeId}`

export const createRunMemory = (taken: TakenRun, seal: Seal, { browserLost }: { browserLost: boolean }): RunMemory => {
  const { run, definition, activities } = taken
  const { inputs, envs, secretEnvs = [], by = startedById(run.createdBy) } = seal.unseal<GivenInputs>(run.sealedInputs)
  const stored = readRunSecrets(seal, run)
  const paths = pathsOf(definition, secretEnvs)
  const values = new Set<string>()
  /** A secret once seen stays one, also when the round of the loop that it was asked for in is over. */
  const learnValues = (found: Iterable<string>): void => {
    const before = values.size
    for (const value of found) values.add(value)
    if (values.size === before) return
    secrets.redactor = createRedactor(values)
    secrets.used = true
  }
  const secrets: RunMemory['secrets'] = { paths, redactor: createRedactor([]), used: false, learn: learnValues, known: () => [...values] }
  const learnIn = (variables: Variables): void => learnValues(secretValues(variables, paths))

  const open = new Set<Seen>()
  const rounds = new Set<string>()
  const byPlace = new Map<string, Seen[]>()
  const add = (seen: Seen): void => {
    const place = placeOf(seen.iteration, seen.nodeId)
    const before = byPlace.get(place)
    if (before) before.push(seen)
    else byPlace.set(place, [seen])
    if (seen.iteration !== null) rounds.add(seen.iteration)
    if (!isActivityFinal(seen.status)) open.add(seen)
  }
  for (const { id, nodeId, iteration, type, status, attempt, dueAt, waitsFor, outputs } of activities)
    add({ id, nodeId, iteration, type, status, attempt, dueAt, waitsFor, memo: waitsFor === 'timer' ? (outputs as Memo | null) : null })

  /** What is done in each scope, in its order: scopes of loops are entered again when something comes for a node in them. */
  const done = new Map<string | null, Map<string, () => unknown>>()
  const setDone = (iteration: string | null, nodeId: string, outputs: () => unknown): void => {
    const nodes = done.get(iteration) ?? new Map<string, () => unknown>()
    nodes.delete(nodeId)
    done.set(iteration, nodes.set(nodeId, outputs))
  }
  const withoutCheckpoint = new Set(allNodes(definition).flatMap((node) => (node.checkpoint === false ? [node.identifier] : [])))
  for (const row of doneActivities(activities, (nodeId) => withoutCheckpoint.has(nodeId), browserLost))
    setDone(row.iteration, row.nodeId, () => (row.sealedOutputs ? seal.unseal(row.sealedOutputs) : row.outputs))

  const learn: RunMemory['learn'] = ({ graph }, nodeId, outputs) => {
    const node = graph.nodes.get(nodeId)
    if (node && (isTrigger(node) || node.config.userInputs !== undefined || node.config.type === 'TOTP')) learnIn({ outputs: { [nodeId]: outputs } })
  }
  const finish: RunMemory['finish'] = (scope, nodeId, outputs) => {
    const node = scope.graph.nodes.get(nodeId)
    scope.variables.outputs[nodeId] = outputs
    scope.outputs[nodeId] = outputs
    if (node && isTrigger(node)) scope.variables.outputs.trigger = outputs
    scope.finished.set(nodeId, outcomeOf(node?.config.type, outputs))
    setDone(scope.iteration, nodeId, () => outputs)
  }
  const restore = (scope: Scope): Scope => {
    // As it is now: what is finished anew takes its place at the end.
    const kept = [...(done.get(scope.iteration) ?? [])]
    for (const [nodeId, outputsOf] of kept) {
      if (!scope.graph.nodes.has(nodeId)) continue
      const outputs = outputsOf()
      learn(scope, nodeId, outputs)
      finish(scope, nodeId, outputs)
    }
    return scope
  }

  // Under Port's name, too.
  const ofRun = { id: run.id, identifier: toRunIdentifier(run.id), createdAt: new Date(run.createdAt).toISOString(), trigger: { identifier: run.trigger, by } }
  const variables = {
    inputs,
    outputs: {},
    envs: { ...Object.fromEntries((definition.envs ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))), ...envs },
    secrets: stored.current,
    run: ofRun,
    workflowRun: ofRun,
    workflow: { id: run.workflowId, identifier: run.workflowIdentifier, version: run.workflowVersion, versionIdentifier: String(run.workflowVersion) },
  }
  learnValues(stored.earlier)
  // `variables` of its node may have given an answer another name.
  for (const { schema, sealedValues } of taken.inputRequests) for (const answer of unsealAnswers(seal, sealedValues)) learnValues(collectSecretValues(schema, answer))
  learnIn(variables)
  return {
    definition,
    by,
    top: restore({ iteration: null, graph: buildGraph(definition), trigger: run.trigger, variables, finished: new Map(), outputs: {}, page: MAIN_TAB }),
    secrets,
    open,
    seen: (scope, nodeId) => byPlace.get(placeOf(scope.iteration, nodeId)) ?? [],
    add,
    learn,
    finish,
    browserDeaths: new Map(),
    rewind: (scope) => {
      const order = [...scope.finished.keys()]
      const lost = order.slice(order.findLastIndex((nodeId) => !withoutCheckpoint.has(nodeId)) + 1)
      for (const nodeId of lost) {
        scope.finished.delete(nodeId)
        done.get(scope.iteration)?.delete(nodeId)
        delete scope.variables.outputs[nodeId]
        delete scope.outputs[nodeId]
      }
      return lost.length > 0
    },
    hasBegun: (scope, loop, index) => rounds.has(iterationOf(scope, loop, index)),
    enter: (scope, loop, body, { index, item, page }) =>
      restore({
        iteration: iterationOf(scope, loop, index),
        graph: graphOf(body),
        trigger: ASSUMED_TRIGGER.identifier,
        variables: { ...scope.variables, outputs: { ...scope.variables.outputs }, item, index },
        // The assumed trigger of a body stands for the loop itself, which has fired.
        finished: new Map([[ASSUMED_TRIGGER.identifier, {}]]),
        outputs: {},
        page,
      }),
  }
}
