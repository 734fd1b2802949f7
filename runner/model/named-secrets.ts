import { pathsIn } from './jq-scan.ts'
import { parseTemplate } from './template.ts'
import type { Workflow } from './workflow.ts'

/** Fields that hold jq without braces: of conditions, loops and triggers. */
const PROGRAM_FIELDS = new Set(['expression', 'expressions', 'condition'])

/** Every program in `value` that speaks of secrets. */
const programsIn = (value: unknown, isProgram = false): string[] => {
  if (typeof value === 'string') {
    if (!value.includes('secrets')) return []
    const inTemplates = parseTemplate(value).parts.flatMap((part) => (typeof part === 'string' ? [] : [part.program]))
    return isProgram ? [...inTemplates, value] : inTemplates
  }
  if (Array.isArray(value)) return value.flatMap((item) => programsIn(item, isProgram))
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, inner]) => programsIn(inner, PROGRAM_FIELDS.has(key))) : []
}

/**
 * The stored secrets that a workflow names: a run knows those and no others. Null when a program picks them by itself, as
 * `.secrets[.inputs.which]` does: then it is all of them.
 */
export const namedSecrets = ({ nodes, settings }: Pick<Workflow, 'nodes' | 'settings'>): string[] | null => {
  const names = new Set<string>()
  for (const [holder, name] of programsIn([nodes, settings]).flatMap(pathsIn)) {
    if (holder?.key !== 'secrets') continue
    if (typeof name?.key !== 'string') return null
    names.add(name.key)
  }
  return [...names]
}
