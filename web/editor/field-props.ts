import type { Fault, JsonSchema } from '../api/workflows.ts'

/** What a field that is drawn from JSON Schema is given. */

export type FieldProps = {
  label: string
  schema: JsonSchema
  root: JsonSchema
  value: unknown
  /** As the API tells of faults in it: `config.target.name`. */
  path: string
  faults: readonly Fault[]
  isRequired?: boolean
  onChange: (value: unknown) => void
  onRemove?: (() => void) | undefined
}

/** What is wrong with a field itself. */
export const errorAt = (faults: readonly Fault[], path: string): string | undefined => faults.filter((fault) => fault.path === path).map(({ message }) => message).join('; ') || undefined

/** The path of something in something, as the API tells of it. */
export const join = (path: string, name: string | number): string => (typeof name === 'number' ? `${path}[${name}]` : /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`)

export type FieldsProps = { schema: JsonSchema; root: JsonSchema; value: unknown; path: string; faults: readonly Fault[]; omit?: readonly string[]; /** Asked for although they may be left out. */ always?: readonly string[]; onChange: (value: Record<string, unknown>) => void }
