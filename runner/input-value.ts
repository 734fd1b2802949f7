import { isDeepStrictEqual } from 'node:util'
import { hasFormat, readAsText } from './input-text.ts'
import type { FileValue } from './model/artifact.ts'
import type { Fault } from './model/problem.ts'
import { type Draft, isObject, MAX_DEPTH, RESERVED_NAMES } from './model/user-input-checks.ts'
import type { InputProperties, InputProperty } from './model/user-inputs.ts'
import { MAX_PATTERN_TEXT, type PatternTest } from './pattern.ts'

/**
 * Reads one given value as its property says. The rules are literal by now: `inputs.ts` has evaluated those written as `{jqQuery}`.
 * A message never holds the value, which may be a password.
 */

export type Reading = {
  /** Whether texts stand for other types, as in bracket fields. */
  coerce: boolean
  /** Filled as it goes. */
  faults: Fault[]
  test: PatternTest
}
type Rules<T extends InputProperty['type']> = Extract<InputProperty, { type: T }>

/** Enough to mend a call by; a list of a million wrong items is not answered with a million faults. */
const MAX_FAULTS = 100
/** `inputs.month`, `inputs["my key"]`, `inputs.tags[2]`. */
export const joinPath = (path: string, key: string | number): string => {
  if (typeof key === 'number') return `${path}[${key}]`
  return /^[\p{L}_$][\p{L}\p{N}_$]{0,99}$/u.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key.slice(0, 100))}]`
}

export const addFault = ({ faults }: Reading, path: string, code: string, message: string): undefined => {
  if (faults.length < MAX_FAULTS) faults.push({ path, code, message })
}

const isText = (value: unknown): value is string => typeof value === 'string'
/** Whether a value has the shape of a file; that there is such a file is for the store to say. */
export const isFile = (value: unknown): value is FileValue =>
  isObject(value) &&
  Object.keys(value).length === 5 &&
  [value.artifactId, value.name, value.mimeType].every((text) => isText(text) && text !== '' && text.length <= 1000) &&
  Number.isSafeInteger(value.sizeBytes) &&
  isText(value.sha256) &&
  /^[0-9a-f]{64}$/.test(value.sha256)

const kindOf = (value: unknown): string => {
  if (isFile(value)) return 'a file'
  if (isText(value)) return 'text'
  if (typeof value === 'number') return 'a number'
  if (typeof value === 'boolean') return 'true or false'
  return Array.isArray(value) ? 'a list' : 'an object'
}
const wrongType = (value: unknown, path: string, reading: Reading, wanted: string): undefined =>
  addFault(reading, path, 'wrong_type', `must be ${wanted}, not ${kindOf(value)}`)

/** Whether there are keys that could reach an object's prototype, or nesting that could exhaust the stack; then nothing more may be done with it. */
export const refuseHostile = (value: unknown, path: string, reading: Reading, depth = 0): boolean => {
  if (typeof value !== 'object' || value === null) return false
  if (depth > MAX_DEPTH) {
    addFault(reading, path, 'too_deep', `must not nest deeper than ${MAX_DEPTH} levels`)
    return true
  }
  let hostile = false
  for (const [key, inner] of Object.entries(value)) {
    const at = joinPath(path, Array.isArray(value) ? Number(key) : key)
    if (RESERVED_NAMES.has(key)) addFault(reading, at, 'reserved_name', 'is a reserved word')
    hostile = RESERVED_NAMES.has(key) || refuseHostile(inner, at, reading, depth + 1) || hostile
  }
  return hostile
}

/** No value: left out, null, or the empty text of a form field that cannot be an answer. */
const isAbsent = (property: InputProperty, given: unknown, { coerce }: Reading): boolean =>
  given === undefined ||
  given === null ||
  (coerce && given === '' && (property.type !== 'string' || property.format === 'file' || !hasFormat(property.format, '')))

const oneOf = (choices: unknown, value: unknown): boolean => !Array.isArray(choices) || choices.includes(value)

const readText = (rules: Rules<'string'>, value: unknown, path: string, reading: Reading): unknown => {
  const { format, minLength = 0, maxLength = Infinity, pattern } = rules
  if (format === 'file') return isFile(value) ? value : wrongType(value, path, reading, 'a file')
  if (!isText(value)) return wrongType(value, path, reading, 'text')
  // Characters as people and JSON Schema count them: an emoji is one.
  const length = value.length - (value.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0)
  if (length < minLength) addFault(reading, path, 'too_short', `must have at least ${minLength} characters`)
  if (length > maxLength) addFault(reading, path, 'too_long', `must have at most ${maxLength} characters`)
  if (!hasFormat(format, value)) addFault(reading, path, 'format', `must be of the format ${format}`)
  if (!oneOf(rules.enum, value)) addFault(reading, path, 'enum', 'must be one of the listed values')
  if (isText(pattern)) {
    const matches = value.length > MAX_PATTERN_TEXT ? 'too slow' : reading.test(pattern, value)
    if (matches === 'too slow') addFault(reading, path, 'pattern', `could not be tested against the pattern ${pattern}: it takes too long`)
    else if (!matches) addFault(reading, path, 'pattern', `must match the pattern ${pattern}`)
  }
  return value
}

const readNumber = (rules: Rules<'number' | 'integer'>, value: unknown, path: string, reading: Reading): unknown => {
  if (typeof value !== 'number') return wrongType(value, path, reading, 'a number')
  if (rules.type === 'integer' && !Number.isSafeInteger(value)) addFault(reading, path, 'wrong_type', 'must be a whole number')
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity } = rules
  if (value < minimum) addFault(reading, path, 'too_small', `must be at least ${minimum}`)
  if (value > maximum) addFault(reading, path, 'too_large', `must be at most ${maximum}`)
  if (value <= exclusiveMinimum) addFault(reading, path, 'too_small', `must be greater than ${exclusiveMinimum}`)
  if (value >= exclusiveMaximum) addFault(reading, path, 'too_large', `must be less than ${exclusiveMaximum}`)
  if (!oneOf(rules.enum, value)) addFault(reading, path, 'enum', 'must be one of the listed values')
  return value
}

/** The same text for the same value, whatever the order of its keys. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner))

const readList = (rules: Rules<'array'>, given: unknown, path: string, reading: Reading): unknown => {
  // Of a list of files a form with one file says no more than that.
  const value = reading.coerce && isFile(given) ? [given] : given
  if (!Array.isArray(value)) return wrongType(value, path, reading, 'a list')
  const { items, minItems = 0, maxItems = Infinity, uniqueItems } = rules
  if (value.length < minItems) addFault(reading, path, 'too_few', `must have at least ${minItems} items`)
  if (value.length > maxItems) return addFault(reading, path, 'too_many', `must have at most ${maxItems} items`)
  const list = value.map((item: unknown, index) => (items ? readValue(items, item, joinPath(path, index), reading) : item))
  if (uniqueItems && new Set(list.map(canonical)).size < list.length) addFault(reading, path, 'duplicate_items', 'must not have the same item twice')
  return list
}

const LABELED_URL: InputProperties = { url: { type: 'string', format: 'url' }, displayText: { type: 'string' } }

const readObject = (rules: Rules<'object'>, value: unknown, path: string, reading: Reading): unknown => {
  if (!isObject(value)) return wrongType(value, path, reading, 'an object')
  const properties = rules.format === 'labeled-url' ? LABELED_URL : rules.properties
  const required = rules.format === 'labeled-url' ? ['url'] : rules.required
  if (!properties) {
    for (const name of Array.isArray(required) ? required : []) {
      if (!Object.hasOwn(value, name)) addFault(reading, joinPath(path, name), 'required', 'is required')
    }
    return value
  }
  refuseUnknown(properties, value, path, reading)
  const read = Object.entries(properties).map(([name, property]) => [name, readMember(property, own(value, name), joinPath(path, name), reading)] as const)
  requireNames(properties, required, value, path, reading)
  return Object.fromEntries(read.filter(([, member]) => member !== undefined))
}

const readValue = (property: InputProperty, given: unknown, path: string, reading: Reading): unknown => {
  const { value, isJson } = reading.coerce && isText(given) ? readAsText(property, given) : { value: given, isJson: false }
  const inner = isJson ? { ...reading, coerce: false } : reading
  if (isJson && refuseHostile(value, path, reading)) return undefined
  switch (property.type) {
    case 'string':
      return readText(property, value, path, inner)
    case 'number':
    case 'integer':
      return readNumber(property, value, path, inner)
    case 'boolean':
      return typeof value === 'boolean' ? value : wrongType(value, path, inner, 'true or false')
    case 'array':
      return readList(property, value, path, inner)
    case 'object':
      return readObject(property, value, path, inner)
  }
}

const own = (object: Draft, name: string): unknown => (Object.hasOwn(object, name) ? object[name] : undefined)

/** The value of one input, given or else its default; undefined when there is none, or a fault. */
export const readMember = (property: InputProperty, given: unknown, path: string, reading: Reading): unknown => {
  const fallback = property.disabled === true ? undefined : structuredClone(property.default)
  const readFallback = (): unknown => (fallback === undefined ? undefined : readValue(property, fallback, path, { ...reading, coerce: false }))
  if (isAbsent(property, given, reading)) return readFallback()
  if (property.disabled === true) return addFault(reading, path, 'disabled', 'is disabled and cannot be given')
  const value = readValue(property, given, path, reading)
  if (property.readOnly === true && fallback !== undefined && value !== undefined && !isDeepStrictEqual(value, fallback)) {
    return addFault(reading, path, 'read_only', 'is read only: leave it out, or give its default')
  }
  return value
}

export const refuseUnknown = (properties: InputProperties, given: Draft, path: string, reading: Reading): void => {
  const known = Object.keys(properties)
  const there = known.length > 0 ? `there are: ${known.slice(0, 20).join(', ')}${known.length > 20 ? ', …' : ''}` : 'there are none'
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(properties, name)) addFault(reading, joinPath(path, name), 'unknown_input', `is no input; ${there}`)
  }
}

/** An input that nobody can fill in, because it is hidden or disabled, is not missed. */
export const requireNames = (properties: InputProperties, required: unknown, given: Draft, path: string, reading: Reading): void => {
  for (const name of Array.isArray(required) ? required.filter(isText) : []) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (!property || property.visible === false || property.disabled === true || property.default !== undefined) continue
    if (isAbsent(property, own(given, name), reading)) addFault(reading, joinPath(path, name), 'required', 'is required')
  }
}
