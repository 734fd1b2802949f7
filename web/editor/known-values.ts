import { buildGraph } from '../../runner/model/graph.ts'
import { isTrigger } from '../../runner/model/node-kind.ts'
import type { Node } from '../../runner/model/workflow.ts'
import { drawable } from './edit-body.ts'
import { pathOfScope, valueAt, type Scope } from './scope.ts'
import { isObject, type Raw } from '../is-object.ts'

/** What a template of a node may name: as far as the definition tells. */

export type KnownValue = { /** As jq has it: `.outputs.read.rows`. */ path: string; note: string }
export type KnownValues = { title: string; values: KnownValue[] }[]

const namesOf = (value: unknown): string[] => (isObject(value) ? Object.keys(value) : [])

/** `.a.b`, and `.a["b-c"]` where a name is none for a plain path. */
const pathTo = (base: string, ...names: string[]): string => names.reduce((path, name) => (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`), base)

const FILE = ['artifactId', 'name', 'mimeType', 'sizeBytes']
const RUN_ELSEWHERE = ['runUrl', 'status', 'conclusion']
/** What steps put out, whatever their config. */
const OUTPUTS: Record<string, string[]> = {
  NAVIGATE: ['url', 'title', 'status'],
  CLICK: ['url'],
  SELECT_OPTION: ['selected'],
  UPLOAD: ['count'],
  DOWNLOAD: FILE,
  SCREENSHOT: FILE,
  PDF: FILE,
  EVALUATE: ['value'],
  COOKIES: ['cookies'],
  CONDITION: ['selected'],
  FOR_EACH: ['items', 'count'],
  WHILE: ['items', 'count'],
  RUN_WORKFLOW: ['outputs', 'status', 'runId'],
  UPSERT_ENTITY: ['entity', 'created', 'changed'],
  DELAY: ['endedAt'],
  TOTP: ['code'],
  WEBHOOK: ['response.data', 'response.status'],
  GITHUB: RUN_ELSEWHERE,
  GITLAB: RUN_ELSEWHERE,
  AZURE_DEVOPS: RUN_ELSEWHERE,
}

/** Names of what a node puts out, parts of them with dots between. */
const outputsOf = ({ config, variables }: Node & { variables?: unknown }): string[] => {
  if (isObject(variables) && namesOf(variables).length > 0) return namesOf(variables)
  if (config.type === 'EXTRACT') return isObject(config.fields) ? namesOf(config.fields) : ['rows', 'count']
  if (config.type === 'TRANSFORM') return isObject(config.value) ? namesOf(config.value) : ['value']
  if (config.type === 'USER_INPUT') return [...namesOf(isObject(config.userInputs) ? config.userInputs.properties : null).map((name) => `values.${name}`), ...(Array.isArray(config.buttons) ? ['button'] : []), 'submittedBy']
  return OUTPUTS[config.type] ?? []
}

/** The nodes of a body that have run before one of them does, the nearest first. */
const before = (raw: unknown, identifier: string): Node[] => {
  const graph = buildGraph(drawable(raw))
  const seen = new Set<string>()
  const open = [identifier]
  for (let next = open.shift(); next !== undefined; next = open.shift())
    for (const { from } of graph.incoming.get(next) ?? []) {
      if (!seen.has(from)) open.push(from)
      seen.add(from)
    }
  return [...seen].flatMap((name) => graph.nodes.get(name) ?? [])
}

const inputsOf = (nodes: readonly Node[]): KnownValue[] => {
  const found = new Map<string, string>()
  for (const { config } of nodes.filter(isTrigger)) {
    const properties = isObject(config.userInputs) ? config.userInputs.properties : undefined
    for (const name of [...namesOf(properties), ...namesOf(config.inputs)]) {
      const property = isObject(properties) ? properties[name] : undefined
      found.set(name, isObject(property) && typeof property.title === 'string' ? property.title : '')
    }
  }
  return [...found].map(([name, note]) => ({ path: pathTo('.inputs', name), note }))
}

/**
 * @param definition the whole workflow
 * @param scope the loops that the node is in
 * @param secrets names of those that are stored
 * @param options.withItself for what comes after the node
 */
export const knownValues = (definition: Raw, scope: Scope, identifier: string, secrets: readonly string[], { withItself = false } = {}): KnownValues => {
  const bodies = [...scope.keys(), scope.length].map((depth) => ({ body: valueAt(definition, pathOfScope(definition, scope.slice(0, depth)) ?? []), at: scope[depth] ?? identifier }))
  const steps = bodies.toReversed().flatMap(({ body, at }, depth) => [...(withItself && depth === 0 ? drawable(body).nodes.filter((node) => node.identifier === at) : []), ...before(body, at)]).filter((node) => !isTrigger(node))
  const loop = scope.length === 0 ? undefined : drawable(bodies.at(-2)?.body).nodes.find((node) => node.identifier === scope.at(-1))
  const envs = Array.isArray(definition.envs) ? definition.envs.flatMap((env) => (isObject(env) && typeof env.name === 'string' && env.name ? [env.name] : [])) : []
  return [
    { title: 'This round', values: loop ? [...(loop.config.type === 'FOR_EACH' ? [{ path: '.item', note: 'the item of this round' }] : []), { path: '.index', note: 'counted from 0' }] : [] },
    { title: 'What it was started with', values: inputsOf(drawable(definition).nodes) },
    ...steps.map((node) => ({
      title: node.title || node.identifier,
      values: [...outputsOf(node).map((name) => ({ path: pathTo('.outputs', node.identifier, ...name.split('.')), note: '' })), ...(outputsOf(node).length === 0 ? [{ path: pathTo('.outputs', node.identifier), note: 'all that it put out' }] : [])],
    })),
    { title: 'Settings of the workflow', values: envs.map((name) => ({ path: pathTo('.envs', name), note: '' })) },
    { title: 'Secrets', values: secrets.map((name) => ({ path: pathTo('.secrets', name), note: 'shown to nobody' })) },
    { title: 'This run', values: [{ path: '.run.identifier', note: '' }, { path: '.run.createdAt', note: 'when it was started' }, { path: '.run.trigger.by.email', note: 'who started it, where that is known' }] },
  ].filter(({ values }) => values.length > 0)
}
