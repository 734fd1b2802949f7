import type { z } from 'zod'
import type { Catalog } from './catalog.ts'
import { nearestType } from './catalog.ts'
import { faultWords, kindsWanted } from './fault-words.ts'
import type { Jq } from './jq.ts'
import { loggedInSchema } from './logged-in.ts'
import { checkGraph } from './model/graph-check.ts'
import { problem, type Fault } from './model/problem.ts'
import { checkTemplates, templatePaths } from './model/template.ts'
import { isLoop } from './model/node-kind.ts'
import { ACCESS_SETTINGS, connectionSchema, MAX_CONNECTIONS, MAX_NODES, workflowSchema, type Workflow } from './model/workflow.ts'

/** Checks a definition before it is saved: shape, step types, their configs, templates and graph, all faults at once. */

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** `nodes[3].config.url`, as JavaScript would write it. */
const faultPath = (path: readonly PropertyKey[], base = ''): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    const name = String(key)
    if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name)) return `${text}[${JSON.stringify(name)}]`
    return text === '' ? name : `${text}.${name}`
  }, base)

type Issue = z.core.$ZodIssue

/** A value that fits none of several schemas is judged by the one whose type it is, so that the fault is told where it lies. */
const flatIssue = (issue: Issue): Issue[] => {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue]
  const meant = issue.errors.filter((errors) => !errors.some(({ code, path }) => code === 'invalid_type' && path.length === 0))
  const [only] = meant
  if (only && meant.length === 1) return only.flatMap((inner) => flatIssue({ ...inner, path: [...issue.path, ...inner.path] }))
  return [meant.length === 0 && issue.message === 'Invalid input' ? { ...issue, message: kindsWanted(issue.errors.flat()) } : issue]
}

const toFaults = (issue: Issue, base: string): Fault[] => {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: faultPath([...issue.path, key], base), code: 'unknown_field', message: `There is no field "${key}" here.` }))
  const message = issue.code === 'invalid_key' ? issue.issues.map(faultWords).join('; ') : faultWords(issue)
  return [{ path: faultPath(issue.path, base), code: issue.code, message }]
}

/** More than anybody mends at once: a megabyte of nonsense is not answered with ten. */
const MAX_FAULTS = 1000

/** The faults of a zod check; an unknown field is a fault at that field. */
export const zodFaults = (error: z.ZodError, base = ''): Fault[] =>
  error.issues
    .flatMap(flatIssue)
    .flatMap((issue) => toFaults(issue, base))
    .slice(0, MAX_FAULTS)

const holdsTemplate = (value: unknown): boolean =>
  typeof value === 'string' ? value.includes('{{') : typeof value === 'object' && value !== null && Object.values(value).some(holdsTemplate)

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined), value)

/** A fault that no value of a template mends: a field that is not there. */
const isOfShape = (issue: Issue): boolean => issue.code === 'unrecognized_keys' || (issue.code === 'custom' && issue.params?.shape === true)

/** What other systems have under names that are no step types here. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['INPUT', "Port's INPUT is USER_INPUT: its buttons stand beside userInputs, responders.required says how many must answer, and a CONDITION behind it looks at .outputs.<node>.button in place of outlets."],
])

/** What a step's schema says of a config whose templates are not filled in yet: a fault in what a template will give is not one now. */
const configFaults = (catalog: Catalog, node: unknown, base: string): Fault[] => {
  const config = isObject(node) ? node.config : undefined
  if (!isObject(config) || typeof config.type !== 'string') return []
  const step = catalog.get(config.type)
  if (!step) {
    const near = nearestType(catalog, config.type)
    const hint = ELSEWHERE.get(config.type) ?? (near ? `Did you mean ${near}?` : '')
    return [{ path: `${base}.config.type`, code: 'unknown_type', message: `There is no step type "${config.type}". ${hint}`.trim() }]
  }
  const { type: _type, ...rest } = config
  const parsed = step.config.safeParse(rest)
  if (parsed.success) return []
  return parsed.error.issues
    .flatMap(flatIssue)
    .filter((issue) => isOfShape(issue) || issue.path.length === 0 || !holdsTemplate(at(rest, issue.path)))
    .flatMap((issue) => toFaults(issue, `${base}.config`))
}

/** What a failure means must be known before the config is filled in, and be said once. */
const onFailureFaults = (node: unknown, base: string): Fault[] => {
  if (!isObject(node) || !isObject(node.config) || typeof node.config.onFailure !== 'string') return []
  const { onFailure, config } = node as { onFailure?: unknown; config: Record<string, unknown> }
  const path = `${base}.config.onFailure`
  if (holdsTemplate(config.onFailure)) return [{ path, code: 'invalid_value', message: 'must be terminate or continue, not a template' }]
  return onFailure === undefined || onFailure === config.onFailure ? [] : [{ path, code: 'contradiction', message: `must be what the node says: ${JSON.stringify(onFailure)}` }]
}

/** The nodes inside of a loop, as they were sent; none for any other node. */
const inside = (node: unknown): unknown[] => {
  const config = isObject(node) ? node.config : undefined
  return isObject(config) && typeof config.type === 'string' && isLoop(config.type) && Array.isArray(config.nodes) ? config.nodes.slice(0, MAX_NODES) : []
}

/** Every node, those inside of loops too, with its path. */
const everyNode = (nodes: readonly unknown[], base = ''): { node: unknown; path: string }[] =>
  nodes.flatMap((node, index) => {
    const path = `${base}nodes[${index}]`
    return [{ node, path }, ...everyNode(inside(node), `${path}.config.`)]
  })

/** What templates may name, wherever they stand. */
const VARIABLES = ['inputs', 'outputs', 'envs', 'secrets', 'run', 'workflow', 'workflowRun', 'workflowNodeRun']

/** Plain paths that begin with a name that is none: they would give nothing, and nobody would be told. What a program does with its paths is its own affair. */
const variableFaults = (value: unknown, path: string, more: readonly string[] = []): Fault[] => {
  const known = [...VARIABLES, ...more]
  return templatePaths(value, path).flatMap(({ field, program, plain, paths: [first] }) => {
    const name = first?.[0]
    if (!plain || typeof name !== 'string' || known.includes(name)) return []
    return [{ path: field, code: 'unknown_variable', message: `{{ ${program.slice(0, 200)} }}: there is no ".${name.slice(0, 100)}" here. There are ${known.map((one) => `.${one}`).join(', ')}.` }]
  })
}

const templateFaults = async (jq: Jq, catalog: Catalog, nodes: readonly unknown[], base = ''): Promise<Fault[]> => {
  const checked = nodes.map((node) => {
    if (!isObject(node) || !isObject(node.config)) return null
    const asWritten = typeof node.config.type === 'string' ? (catalog.get(node.config.type)?.asWritten ?? []) : []
    const config = Object.fromEntries(Object.entries(node.config).filter(([name]) => name !== 'type' && !asWritten.includes(name)))
    return { config, variables: node.variables, links: node.links }
  })
  const faults = await checkTemplates(checked, jq.compileAll, `${base}nodes`)
  const ofRound = base === '' ? [] : ['item', 'index']
  for (const [index, fields] of checked.entries()) {
    // What stands in a trigger is not filled in.
    if (!fields || String((nodes[index] as { config: { type?: unknown } }).config.type).endsWith('_TRIGGER')) continue
    faults.push(...variableFaults(fields.config, `${base}nodes[${index}].config`, ofRound), ...['variables' as const, 'links' as const].flatMap((name) => variableFaults(fields[name], `${base}nodes[${index}].${name}`, [...ofRound, 'response', 'result'])))
  }
  for (const [index, node] of nodes.entries()) {
    const inner = inside(node)
    if (inner.length > 0) faults.push(...(await templateFaults(jq, catalog, inner, `${base}nodes[${index}].config.`)))
  }
  return faults
}

/** Where a condition, a loop or a trigger holds jq programs without braces. */
const programsIn = (node: unknown): { path: string; program: string }[] => {
  const config = isObject(node) ? node.config : undefined
  if (!isObject(config)) return []
  if (config.type === 'WHILE') return typeof config.condition === 'string' ? [{ path: 'condition', program: config.condition }] : []
  if (config.type === 'EVENT_TRIGGER') {
    const { expressions } = isObject(config.condition) ? config.condition : {}
    return (Array.isArray(expressions) ? expressions : []).flatMap((program: unknown, index) => (typeof program === 'string' ? [{ path: `condition.expressions[${index}]`, program }] : []))
  }
  if (config.type !== 'CONDITION') return []
  return ['outlets', 'options', 'conditions'].flatMap((name) => {
    const list: unknown = config[name]
    if (!Array.isArray(list)) return []
    return list.flatMap((entry: unknown, index) => (isObject(entry) && typeof entry.expression === 'string' ? [{ path: `${name}[${index}].expression`, program: entry.expression }] : []))
  })
}

const programFaults = async (jq: Jq, nodes: readonly { node: unknown; path: string }[]): Promise<Fault[]> => {
  const programs = nodes.flatMap(({ node, path }) => programsIn(node).map((found) => ({ ...found, path: `${path}.config.${found.path}` })))
  if (programs.length === 0) return []
  const compiled = await jq.compileAll(programs.map(({ program }) => program))
  return programs.flatMap(({ path, program }, index) => {
    const fault = compiled[index]
    if (!fault) return []
    const where = fault.position ? ` (line ${fault.position.line})` : ''
    return [{ path, code: 'template_error', message: `${program.trim().slice(0, 200)}: ${fault.message}${where}` }]
  })
}

/** How a session is checked, which the shape of a definition knows in outline only. */
const loggedInFaults = async (jq: Jq, given: unknown): Promise<Fault[]> => {
  const settings = isObject(given) && isObject(given.settings) ? given.settings : {}
  if (!isObject(settings.loggedIn)) return []
  const path = 'settings.loggedIn'
  const parsed = loggedInSchema.safeParse(settings.loggedIn)
  const issues = parsed.success ? [] : parsed.error.issues.flatMap(flatIssue).filter((issue) => !holdsTemplate(at(settings.loggedIn, issue.path)))
  // What the outline finds is not told twice.
  const { open } = settings.loggedIn
  const own = issues.filter(({ path: [field] }) => ['target', 'loggedOut', 'url'].includes(String(field)) || (field === 'open' && typeof open === 'string' && open !== ''))
  return [...own.flatMap((issue) => toFaults(issue, path)), ...(await checkTemplates(settings.loggedIn, jq.compileAll, path)), ...variableFaults(settings.loggedIn, path)]
}

/** How the browser gets in, where it is given by templates. */
const accessFaults = async (jq: Jq, given: unknown): Promise<Fault[]> => {
  const settings = isObject(given) && isObject(given.settings) ? given.settings : {}
  const faults = await Promise.all(ACCESS_SETTINGS.map((name) => checkTemplates(settings[name], jq.compileAll, `settings.${name}`)))
  return [...faults.flat(), ...ACCESS_SETTINGS.flatMap((name) => variableFaults(settings[name], `settings.${name}`))]
}

/** As deep as a definition may nest: what reads it calls itself for each level. */
const MAX_DEPTH = 100

/** What nothing may look further into: nesting that exhausts the stack, and a name that an object answers to by itself. */
const hostileFaults = (value: unknown, path: readonly PropertyKey[] = []): Fault[] => {
  if (typeof value !== 'object' || value === null) return []
  if (path.length > MAX_DEPTH) return [{ path: faultPath(path.slice(0, 10)), code: 'too_deep', message: `must not nest deeper than ${MAX_DEPTH} levels` }]
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key !== '__proto__' && (typeof inner !== 'object' || inner === null)) return []
    const below = [...path, Array.isArray(value) ? Number(key) : key]
    return key === '__proto__' ? [{ path: faultPath(below), code: 'reserved_name', message: 'is a reserved word' }] : hostileFaults(inner, below)
  })
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** What a definition whose shape is wrong somewhere says of its graph; what it does not say is not held against it. */
const draftGraphFaults = (given: unknown): Fault[] => {
  if (!isObject(given) || !Array.isArray(given.nodes) || given.nodes.length === 0 || given.nodes.length > MAX_NODES) return []
  const listed: unknown[] = Array.isArray(given.connections) ? given.connections : []
  if (listed.length > MAX_CONNECTIONS) return []
  // No name of anybody's holds a NUL: a node without a name is there, and nothing leads to it.
  const nodes = given.nodes.map((node: unknown, index) => {
    const { identifier, config } = isObject(node) ? node : {}
    return { identifier: text(identifier) ?? `\u0000${index}`, config: { ...(isObject(config) && config), type: text(isObject(config) && config.type) ?? '' } }
  })
  const connections = listed.map((connection) => connectionSchema.safeParse(connection).data)
  const kept = [...connections.keys()].filter((index) => connections[index] !== undefined)
  const isSound = kept.length === connections.length && nodes.every(({ identifier }) => !identifier.startsWith('\u0000'))
  return checkGraph({ nodes, connections: kept.map((index) => connections[index]) } as Workflow)
    .filter(({ code }) => isSound || code !== 'unreachable')
    .map((fault) => ({ ...fault, path: fault.path.replace(/^connections\[(\d+)\]/, (_whole, index) => `connections[${kept[Number(index)]}]`) }))
}

type Tools = { catalog: Catalog; jq: Jq }

const allFaults = async (given: unknown, { catalog, jq }: Tools, parsed: ReturnType<typeof workflowSchema.safeParse>): Promise<Fault[]> => {
  const nodes = isObject(given) && Array.isArray(given.nodes) ? given.nodes.slice(0, MAX_NODES) : []
  return [
    ...(parsed.success ? [] : zodFaults(parsed.error)),
    ...everyNode(nodes).flatMap(({ node, path }) => [...configFaults(catalog, node, path), ...onFailureFaults(node, path)]),
    ...(await templateFaults(jq, catalog, nodes)),
    ...(await programFaults(jq, everyNode(nodes))),
    ...(await loggedInFaults(jq, given)),
    ...(await accessFaults(jq, given)),
    ...(parsed.success ? checkGraph(parsed.data) : draftGraphFaults(given)),
  ]
}

/** The same in whichever place its node stands. */
const variableKey = ({ path, message }: Fault): string => `${path.replaceAll(/nodes\[\d+\]/g, 'nodes')} ${message}`

/** Without what nobody refused when `before` was saved: it goes on giving nothing, and keeps nobody from changing something else. */
const newFaults = async (faults: Fault[], before: Workflow, tools: Tools): Promise<Fault[]> => {
  const isVariable = ({ code }: Fault): boolean => code === 'unknown_variable'
  if (!faults.some(isVariable)) return faults
  const old = await allFaults(before, tools, workflowSchema.safeParse(before))
  const known = new Set(old.filter(isVariable).map(variableKey))
  return faults.filter((fault) => !isVariable(fault) || !known.has(variableKey(fault)))
}

/**
 * @param before the version that it takes the place of: names that are none here are left to it where it has them
 * @returns the definition with its defaults, or every fault in it
 */
export const checkWorkflow = async (given: unknown, tools: Tools, before?: Workflow): Promise<{ workflow: Workflow } | { faults: Fault[] }> => {
  const hostile = hostileFaults(given)
  if (hostile.length > 0) return { faults: hostile }
  const parsed = workflowSchema.safeParse(given)
  const all = await allFaults(given, tools, parsed)
  const faults = before ? await newFaults(all, before, tools) : all
  return parsed.success && faults.length === 0 ? { workflow: parsed.data } : { faults: faults.slice(0, MAX_FAULTS) }
}

/**
 * @param options.known what is wrong with it already
 * @param options.before the version that it takes the place of
 * @throws Problem `invalid_workflow` with all faults as `details`
 */
export const assertWorkflow = async (given: unknown, tools: Tools, { known = [], before }: { known?: readonly Fault[]; before?: Workflow } = {}): Promise<Workflow> => {
  const checked = await checkWorkflow(given, tools, before)
  if ('workflow' in checked && known.length === 0) return checked.workflow
  const faults = [...known, ...('faults' in checked ? checked.faults : [])]
  const [first] = faults
  const rest = faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''
  throw problem('invalid_workflow', `The workflow is not valid: ${first?.path ? `${first.path}: ` : ''}${first?.message}${rest}`, { details: faults })
}
