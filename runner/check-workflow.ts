import type { z } from 'zod'
import type { Catalog } from './catalog.ts'
import { nearestType } from './catalog.ts'
import type { Jq } from './jq.ts'
import { checkGraph } from './model/graph.ts'
import { problem, type Fault } from './model/problem.ts'
import { checkTemplates } from './model/template.ts'
import { workflowSchema, type Workflow } from './model/workflow.ts'

/** Checks a definition before it is saved: shape, step types, their configs, templates and graph, all faults at once. */

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** `nodes[3].config.url`, as JavaScript would write it. */
export const faultPath = (path: readonly PropertyKey[], base = ''): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    const name = String(key)
    if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name)) return `${text}[${JSON.stringify(name)}]`
    return text === '' ? name : `${text}.${name}`
  }, base)

/** The faults of a zod check; an unknown field is a fault at that field. */
export const zodFaults = (error: z.ZodError, base = ''): Fault[] =>
  error.issues.flatMap((issue): Fault[] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: faultPath([...issue.path, key], base), code: 'unknown_field', message: `There is no field "${key}" here.` }))
      : [{ path: faultPath(issue.path, base), code: issue.code, message: issue.message }],
  )

const holdsTemplate = (value: unknown): boolean =>
  typeof value === 'string' ? value.includes('{{') : typeof value === 'object' && value !== null && Object.values(value).some(holdsTemplate)

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined), value)

/** What a step's schema says of a config whose templates are not filled in yet: a fault in what a template will give is not one now. */
const configFaults = (catalog: Catalog, node: unknown, base: string): Fault[] => {
  const config = isObject(node) ? node.config : undefined
  if (!isObject(config) || typeof config.type !== 'string') return []
  const step = catalog.get(config.type)
  if (!step) {
    const near = nearestType(catalog, config.type)
    return [{ path: `${base}.config.type`, code: 'unknown_type', message: `There is no step type "${config.type}".${near ? ` Did you mean ${near}?` : ''}` }]
  }
  const { type: _type, ...rest } = config
  const parsed = step.config.safeParse(rest)
  if (parsed.success) return []
  const real = parsed.error.issues.filter((issue) => issue.code === 'unrecognized_keys' || issue.path.length === 0 || !holdsTemplate(at(rest, issue.path)))
  return real.length === 0 ? [] : zodFaults({ issues: real } as z.ZodError, `${base}.config`)
}

const templateFaults = (jq: Jq, catalog: Catalog, nodes: readonly unknown[]): Promise<Fault[]> => {
  const checked = nodes.map((node) => {
    if (!isObject(node) || !isObject(node.config)) return null
    const asWritten = typeof node.config.type === 'string' ? (catalog.get(node.config.type)?.asWritten ?? []) : []
    const config = Object.fromEntries(Object.entries(node.config).filter(([name]) => name !== 'type' && !asWritten.includes(name)))
    return { config, variables: node.variables }
  })
  return checkTemplates(checked, jq.compileAll, 'nodes')
}

/**
 * @returns the definition with its defaults, or every fault in it
 */
export const checkWorkflow = async (given: unknown, { catalog, jq }: { catalog: Catalog; jq: Jq }): Promise<{ workflow: Workflow } | { faults: Fault[] }> => {
  const parsed = workflowSchema.safeParse(given)
  const nodes = isObject(given) && Array.isArray(given.nodes) ? given.nodes.slice(0, 100) : []
  const faults = [
    ...(parsed.success ? [] : zodFaults(parsed.error)),
    ...nodes.flatMap((node, index) => configFaults(catalog, node, `nodes[${index}]`)),
    ...(await templateFaults(jq, catalog, nodes)),
    ...(parsed.success ? checkGraph(parsed.data) : []),
  ]
  return parsed.success && faults.length === 0 ? { workflow: parsed.data } : { faults }
}

/** @throws Problem `invalid_workflow` with all faults as `details` */
export const assertWorkflow = async (given: unknown, tools: { catalog: Catalog; jq: Jq }): Promise<Workflow> => {
  const checked = await checkWorkflow(given, tools)
  if ('workflow' in checked) return checked.workflow
  const [first] = checked.faults
  const rest = checked.faults.length > 1 ? ` (and ${checked.faults.length - 1} more)` : ''
  throw problem('invalid_workflow', `The workflow is not valid: ${first?.path ? `${first.path}: ` : ''}${first?.message}${rest}`, { details: checked.faults })
}
