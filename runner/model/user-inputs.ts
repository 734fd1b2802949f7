import { z } from 'zod'
import {
  type Check,
  checkDefault,
  checkForm,
  checkNames,
  checkRange,
  checkString,
  isObject,
  MAX_DEPTH,
  MAX_INPUTS,
  RESERVED_NAMES,
} from './user-input-checks.ts'

/**
 * What a trigger or a question asks for: Port's input properties, with `integer`, nested `properties`, `file`, `password` and `otp` beside them.
 * Strict, so that a misspelt rule is named and not silently without effect. `inputs.ts` checks values against it; `input-schema.ts` shows it as JSON Schema.
 */

/** Those of the first line are checked; the rest say what a text is for. `password` and `otp` are secrets; `file` is no text at all. */
const STRING_FORMATS = [
  ...(['date-time', 'date', 'time', 'email', 'url', 'ipv4', 'ipv6', 'uuid'] as const),
  ...(['password', 'otp', 'file', 'entity', 'user', 'team', 'multi-line', 'markdown', 'yaml', 'proto'] as const),
]

const name = z
  .string()
  .min(1)
  .max(100)
  .refine((text) => !RESERVED_NAMES.has(text), 'is a reserved word')
const jq = z.strictObject({ jqQuery: z.string().min(1).max(10_000) })
/** The value itself, or a jq program over the form (`.form.x`, `.inputs.x`). */
const orJq = <T extends z.ZodType>(literal: T, form: string) => z.union([literal, jq], { error: `must be ${form} or {"jqQuery": "…"}` })
const flag = orJq(z.boolean(), 'true, false').optional()
const count = z.int().min(0).optional()
const names = z.array(name).max(MAX_INPUTS)
const requiredNames = orJq(names, 'a list of input names').optional()
const colors = z.record(z.string(), z.string().max(40)).optional()

const common = {
  title: z.string().max(140).optional(),
  description: z.string().max(1000).optional(),
  icon: z.string().max(100).optional(),
  dependsOn: names.optional(),
  visible: flag,
  readOnly: flag,
  disabled: flag,
}

/** Which entities are offered, and in which order; for forms. */
const entityChoice = {
  blueprint: z.string().min(1).max(100).optional(),
  dataset: z
    .union([z.strictObject({ combinator: z.enum(['and', 'or']), rules: z.array(z.record(z.string(), z.unknown())).max(100) }), jq], {
      error: 'must be {"combinator", "rules"} or {"jqQuery": "…"}',
    })
    .optional(),
  sort: z.strictObject({ property: z.string().min(1).max(100), order: z.enum(['ASC', 'DESC']).default('ASC') }).optional(),
}

const allOf = (...checks: Check[]) =>
  [
    (draft: unknown, context: z.RefinementCtx): void => {
      if (!isObject(draft)) return
      for (const check of checks) check(draft, (path, message) => context.addIssue({ code: 'custom', path, message }))
    },
    { when: () => true },
  ] as const

const stringProperty = z
  .strictObject({
    ...common,
    ...entityChoice,
    type: z.literal('string'),
    format: z.enum(STRING_FORMATS).optional(),
    default: orJq(z.string(), 'text').optional(),
    enum: orJq(z.array(z.string()).min(1).max(1000), 'a list of texts').optional(),
    enumColors: colors,
    pattern: orJq(z.string().min(1).max(1000), 'a regular expression').optional(),
    minLength: count,
    maxLength: count,
  })
  .superRefine(...allOf(checkRange('minLength', 'maxLength'), checkDefault, checkString))

const numeric = <T extends z.ZodType<number>>(value: T) => ({
  ...common,
  default: orJq(value, 'a number').optional(),
  enum: orJq(z.array(value).min(1).max(1000), 'a list of numbers').optional(),
  enumColors: colors,
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
})
const numericChecks = allOf(checkRange('minimum', 'maximum'), checkDefault)
const numberProperty = z.strictObject({ type: z.literal('number'), ...numeric(z.number()) }).superRefine(...numericChecks)
const integerProperty = z.strictObject({ type: z.literal('integer'), ...numeric(z.int()) }).superRefine(...numericChecks)
const booleanProperty = z.strictObject({ ...common, type: z.literal('boolean'), default: orJq(z.boolean(), 'true, false').optional() })

const arrayRules = {
  ...common,
  ...entityChoice,
  type: z.literal('array'),
  default: orJq(z.array(z.unknown()), 'a list').optional(),
  minItems: count,
  maxItems: count,
  uniqueItems: z.boolean().optional(),
}
const objectRules = {
  ...common,
  type: z.literal('object'),
  format: z.enum(['labeled-url']).optional(),
  default: orJq(z.record(z.string(), z.unknown()), 'an object').optional(),
  required: requiredNames,
}

export type InputProperty =
  | z.output<typeof stringProperty>
  | z.output<typeof numberProperty>
  | z.output<typeof integerProperty>
  | z.output<typeof booleanProperty>
  | (z.output<z.ZodObject<typeof arrayRules>> & { items?: InputProperty | undefined })
  | (z.output<z.ZodObject<typeof objectRules>> & { properties?: InputProperties | undefined })
/** By name, in the order in which they were written. */
export type InputProperties = Record<string, InputProperty>

const nested = z.lazy((): z.ZodType<InputProperty> => property)
const properties = z
  .record(name, nested, { error: ({ code }) => (code === 'invalid_key' ? 'is no name for an input: 1 to 100 characters, and not a reserved word' : undefined) })
  .refine((all) => Object.keys(all).length <= MAX_INPUTS, `must not hold more than ${MAX_INPUTS} inputs`)

const property: z.ZodType<InputProperty> = z.discriminatedUnion(
  'type',
  [
    stringProperty,
    numberProperty,
    integerProperty,
    booleanProperty,
    z.strictObject({ ...arrayRules, items: nested.optional() }).superRefine(...allOf(checkRange('minItems', 'maxItems'))),
    // Absent properties: any object.
    z.strictObject({ ...objectRules, properties: properties.optional() }).superRefine(...allOf(checkNames)),
  ],
  { error: 'must be an object whose type is string, number, integer, boolean, array or object' },
)

const validations = z
  .array(z.strictObject({ constraint: z.string().min(1).max(10_000), message: z.string().min(1).max(100) }))
  .min(1)
  .max(10)
  .optional()

const form = z
  .strictObject({
    properties: properties.default({}),
    required: requiredNames,
    /** Inputs and `titles`, as a form shows them. */
    order: names.optional(),
    steps: z
      .array(z.strictObject({ title: z.string().min(1).max(25), order: names.optional(), visible: flag, validations }))
      .min(1)
      .max(50)
      .optional(),
    titles: z
      .record(name, z.strictObject({ title: z.string().max(140), description: z.string().max(1000).optional(), visible: flag }))
      .optional(),
    validations,
  })
  .superRefine(...allOf(checkNames, checkForm))

/** Before zod sees it: zod leaves such a key out without a word, and follows any depth until the stack is full. */
const refuseHostile = (value: unknown, context: z.RefinementCtx): unknown => {
  const search = (inner: unknown, path: (string | number)[]): void => {
    if (typeof inner !== 'object' || inner === null) return
    // A level of nesting is two of JSON (`properties`, the name).
    if (path.length > MAX_DEPTH * 2) return context.addIssue({ code: 'custom', path, message: 'is nested too deep' })
    if (Object.hasOwn(inner, '__proto__')) context.addIssue({ code: 'custom', path: [...path, '__proto__'], message: 'is a reserved word' })
    for (const [key, next] of Object.entries(inner)) search(next, [...path, key])
  }
  search(value, [])
  return value
}

export const userInputsSchema = z.preprocess(refuseHostile, form)
export type UserInputs = z.output<typeof form>
