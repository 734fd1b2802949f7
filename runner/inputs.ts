import { addFault, joinPath, readMember, type Reading, refuseHostile, refuseUnknown, requireNames } from './input-value.ts'
import { type Fault, problem } from './model/problem.ts'
import { inputOrder, isObject, MAX_INPUTS } from './model/user-input-checks.ts'
import type { InputProperties, InputProperty, UserInputs } from './model/user-inputs.ts'
import { createPatternTest } from './pattern.ts'

/** Checks given inputs before a run exists, and the answers to a question. */

export type InputOptions = {
  /** Whether texts stand for other types, as bracket fields of a form do: "true", "12", JSON, a field given several times. */
  coerce: boolean
  /** Evaluates the rules written as `{jqQuery}`. Without it they hold of anything, and their defaults are not filled in. */
  jq?: { evaluate(program: string, input: unknown): Promise<unknown[]> }
  /** What those programs see beside `.form` and `.inputs`, such as `.trigger.by.user.email`. */
  context?: Record<string, unknown>
  /** What faults call the whole: `inputs`, or `values` for an answer. */
  at?: string
}

type Evaluate = (query: string, path: string, rule: string) => Promise<unknown>
/** Rules that may be jq programs, and how their value has to be read; `undefined` is no rule. */
const JQ_RULES: Record<string, (value: unknown) => unknown> = {
  visible: Boolean,
  readOnly: Boolean,
  disabled: Boolean,
  default: (value) => value ?? undefined,
  enum: (value) => (Array.isArray(value) ? value : undefined),
  required: (value) => (Array.isArray(value) ? value : undefined),
  pattern: (value) => (typeof value === 'string' ? value : undefined),
}

const isJq = (rule: unknown): rule is { jqQuery: string } => isObject(rule) && typeof rule.jqQuery === 'string' && Object.keys(rule).length === 1

const resolveRule = async (rule: unknown, name: string, path: string, evaluate: Evaluate): Promise<unknown> => {
  const read = JQ_RULES[name]
  if (!read || !isJq(rule)) return rule
  const value = await evaluate(rule.jqQuery, path, name)
  return value === undefined ? undefined : read(value)
}

/** The property with every `{jqQuery}` in it replaced by its value. */
const resolve = async (property: InputProperty, path: string, evaluate: Evaluate): Promise<InputProperty> => {
  const literal: Record<string, unknown> = { ...property }
  for (const [name, rule] of Object.entries(property)) literal[name] = await resolveRule(rule, name, path, evaluate)
  if (property.type === 'array' && property.items) literal.items = await resolve(property.items, path, evaluate)
  if (property.type === 'object' && property.properties) {
    const members: InputProperties = {}
    for (const [name, member] of Object.entries(property.properties)) members[name] = await resolve(member, joinPath(path, name), evaluate)
    literal.properties = members
  }
  return literal as InputProperty
}

const refuse = (faults: Fault[]): never => {
  const shown = faults.slice(0, 3).map(({ path, message }) => `${path} ${message}`)
  const rest = faults.length > 3 ? `; and ${faults.length - 3} more` : ''
  throw problem('invalid_request', `${shown.join('; ')}${rest}.`, { details: faults })
}

/**
 * The values to start with: what was given, in its declared types, and the defaults of what was not. Null is not given. Without `userInputs` anything is taken.
 * Hidden inputs may be given but are not required; disabled ones cannot be given; a read-only one only as its default.
 * @throws Problem `invalid_request` with all faults as `details`.
 */
export const checkInputs = async (
  userInputs: UserInputs | undefined,
  given: Record<string, unknown>,
  { coerce, jq, context = {}, at = 'inputs' }: InputOptions,
): Promise<{ values: Record<string, unknown> }> => {
  const reading: Reading = { coerce, faults: [], test: createPatternTest() }
  const { faults } = reading
  if (Object.keys(given).length > MAX_INPUTS) addFault(reading, at, 'too_many', `must not hold more than ${MAX_INPUTS} inputs`)
  if (refuseHostile(given, at, reading) || faults.length > 0) refuse(faults)
  if (!userInputs) return { values: { ...given } }

  const { properties } = userInputs
  const values: Record<string, unknown> = {}
  const evaluate: Evaluate = async (query, path, rule) => {
    try {
      const [value] = jq ? await jq.evaluate(query, { ...context, form: values, inputs: values }) : []
      return value
    } catch {
      // The reason would quote the values.
      return addFault(reading, path, 'template_error', `cannot be checked: jq fails on its rule "${rule}", ${query}`)
    }
  }
  const holds = async (rule: unknown, path: string): Promise<boolean> => (await resolveRule(rule ?? true, 'visible', path, evaluate)) !== false

  refuseUnknown(properties, given, at, reading)
  const literal: InputProperties = {}
  for (const name of inputOrder(properties).order) {
    const property = properties[name]
    if (!property) continue
    const path = joinPath(at, name)
    const resolved = await resolve(property, path, evaluate)
    literal[name] = resolved
    const value = readMember(resolved, Object.hasOwn(given, name) ? given[name] : undefined, path, reading)
    if (value !== undefined) values[name] = value
  }
  const shownSteps = []
  for (const step of userInputs.steps ?? []) {
    if (await holds(step.visible, at)) shownSteps.push(step)
    else for (const name of step.order ?? []) if (literal[name]) literal[name] = { ...literal[name], visible: false }
  }
  requireNames(literal, await resolveRule(userInputs.required, 'required', at, evaluate), given, at, reading)
  if (faults.length > 0) refuse(faults)

  // Only of values that are what they should be: jq would stumble over others.
  for (const { constraint, message } of jq ? [userInputs, ...shownSteps].flatMap((part) => part.validations ?? []) : []) {
    const verdict = await evaluate(constraint, at, 'validations')
    if (verdict !== true && !faults.some(({ code }) => code === 'template_error')) addFault(reading, at, 'validation', message)
  }
  if (faults.length > 0) refuse(faults)
  const inOrder = Object.keys(properties).filter((name) => Object.hasOwn(values, name))
  return { values: Object.fromEntries(inOrder.map((name) => [name, values[name]])) }
}
