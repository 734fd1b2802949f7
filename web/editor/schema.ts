import type { JsonSchema } from '../api/workflows.ts'
import { isObject } from '../is-object.ts'

/** JSON Schema, read for forms. */

export type Kind = 'text' | 'number' | 'boolean' | 'choice' | 'object' | 'record' | 'list' | 'variants' | 'any'

const resolve = (schema: JsonSchema, root: JsonSchema): JsonSchema => {
  const name = schema.$ref && /^#\/\$defs\/(.+)$/.exec(schema.$ref)?.[1]
  return name && root.$defs?.[name] ? resolve(root.$defs[name], root) : schema
}

const isNull = ({ type }: JsonSchema): boolean => type === 'null'

/** All that a value may be, unions of unions too; null, which is the same as leaving it out, is not told. */
export const variantsOf = (given: JsonSchema, root: JsonSchema): JsonSchema[] => {
  const schema = resolve(given, root)
  const inner = schema.anyOf ?? schema.oneOf
  return inner ? inner.flatMap((one) => variantsOf(one, root)).filter((one) => !isNull(one)) : [schema]
}

/** The schema itself, where a union leaves nothing to choose. */
export const settled = (given: JsonSchema, root: JsonSchema): JsonSchema => {
  const schema = resolve(given, root)
  const variants = variantsOf(schema, root)
  return variants.length === 1 && variants[0] !== schema ? { ...variants[0], ...(schema.description && { description: schema.description }) } : schema
}

export const kindOf = (schema: JsonSchema): Kind => {
  if (schema.enum) return 'choice'
  if (schema.anyOf ?? schema.oneOf) return 'variants'
  if (schema.const !== undefined) return 'choice'
  if (Array.isArray(schema.type)) return 'text'
  switch (schema.type) {
    case 'string':
      return 'text'
    case 'number':
    case 'integer':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'array':
      return 'list'
    case 'object':
      return schema.properties ? 'object' : isObject(schema.additionalProperties) ? 'record' : 'any'
    default:
      return 'any'
  }
}

export const choicesOf = (schema: JsonSchema): unknown[] => schema.enum ?? [schema.const]

const constants = (schema: JsonSchema): [name: string, value: unknown][] => Object.entries(schema.properties ?? {}).flatMap(([name, { const: value }]): [string, unknown][] => (value === undefined ? [] : [[name, value]]))

const words = (name: string): string => name.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ').toLowerCase()

/** `waitUntil` is "Wait until", `timeoutMs` "Timeout (ms)". */
export const labelOf = (name: string): string => {
  const [, base, ms] = /^(.+?)(Ms)?$/.exec(name) ?? []
  const text = words(base ?? name)
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${ms ? ' (ms)' : ''}`
}

const variantName = (schema: JsonSchema): string => {
  if (schema.title) return schema.title
  if (schema.const !== undefined) return typeof schema.const === 'string' ? schema.const : JSON.stringify(schema.const)
  const kind = kindOf(schema)
  if (kind === 'list') return 'several'
  if (kind !== 'object') return { text: 'text', number: 'a number', boolean: 'yes or no', choice: 'one of', record: 'by name', variants: 'otherwise', any: 'anything' }[kind]
  const fixed = constants(schema).map(([, value]) => String(value))
  const [first] = [...(schema.required ?? []), ...Object.keys(schema.properties ?? {})]
  return fixed.length > 0 ? fixed.join(' ') : words(first ?? 'fields')
}

/** A name for each variant, no two alike. */
export const variantNames = (variants: readonly JsonSchema[]): string[] => {
  const names = variants.map(variantName)
  return names.map((name, index) => {
    const before = names.slice(0, index).filter((other) => other === name).length
    return before === 0 ? name : `${name} (${before + 1})`
  })
}

/** How well a value goes with a schema, by its outside: which of several variants is meant. */
const likeness = (given: JsonSchema, value: unknown, root: JsonSchema): number => {
  const schema = resolve(given, root)
  const kind = kindOf(schema)
  if (kind === 'choice') return choicesOf(schema).includes(value) ? 3 : 0
  if (kind === 'any') return 0.5
  if (kind === 'text') return typeof value === 'string' ? 2 : 0
  if (kind === 'number') return typeof value === 'number' ? 2 : 0
  if (kind === 'boolean') return typeof value === 'boolean' ? 2 : 0
  if (kind === 'list') return Array.isArray(value) ? 2 : 0
  if (!isObject(value)) return 0
  if (constants(schema).some(([name, fixed]) => value[name] !== fixed)) return 0
  const known = Object.keys(schema.properties ?? {})
  const missing = (schema.required ?? []).filter((name) => !(name in value)).length
  const strange = kind === 'record' ? 0 : Object.keys(value).filter((name) => !known.includes(name)).length
  return 1 + 1 / (1 + missing + strange)
}

/** The variant that a value is; the first when it is none. */
export const variantOf = (variants: readonly JsonSchema[], value: unknown, root: JsonSchema): number => {
  const scores = variants.map((schema) => likeness(schema, value, root))
  return Math.max(0, scores.indexOf(Math.max(...scores)))
}

/** What a field begins with when it is asked for. */
export const firstValue = (given: JsonSchema, root: JsonSchema): unknown => {
  const schema = settled(given, root)
  if (schema.default !== undefined) return schema.default
  switch (kindOf(schema)) {
    case 'choice':
      return choicesOf(schema)[0]
    case 'number':
      return schema.minimum !== undefined && schema.minimum > 0 ? schema.minimum : 0
    case 'boolean':
      return true
    case 'list':
      return []
    case 'record':
      return {}
    case 'object':
      return Object.fromEntries((schema.required ?? []).map((name) => [name, firstValue(schema.properties?.[name] ?? {}, root)]))
    case 'variants':
      return firstValue(variantsOf(schema, root)[0] ?? {}, root)
    default:
      return ''
  }
}

export const isTemplate = (value: unknown): value is string => typeof value === 'string' && value.includes('{{')
