import type { InputProperties, InputProperty, UserInputs } from './user-inputs.ts'

/**
 * User inputs as JSON Schema (draft 2020-12), for forms and OpenAPI. It says what can be known beforehand: rules written as `{jqQuery}` are left out and
 * checked by the server alone.
 */

export type JsonSchema = { [key: string]: unknown }

const FILE: JsonSchema = {
  type: 'object',
  format: 'file',
  properties: {
    artifactId: { type: 'string', format: 'uuid' },
    name: { type: 'string' },
    mimeType: { type: 'string' },
    sizeBytes: { type: 'integer', minimum: 0 },
    sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
  },
  required: ['artifactId', 'name', 'mimeType', 'sizeBytes', 'sha256'],
  additionalProperties: false,
}
const LABELED_URL: JsonSchema = {
  properties: { url: { type: 'string', format: 'uri' }, displayText: { type: 'string' } },
  required: ['url'],
  additionalProperties: false,
}
/** Rules that JSON Schema has under the same name. */
const SHARED = [
  'title', 'description', 'default', 'enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum',
  'minItems', 'maxItems', 'uniqueItems', 'readOnly',
] // prettier-ignore

const isJq = (rule: unknown): boolean => typeof rule === 'object' && rule !== null && 'jqQuery' in rule

const propertySchema = (property: InputProperty): JsonSchema => {
  const rules = Object.entries(property).filter(([rule, value]) => SHARED.includes(rule) && value !== undefined && !isJq(value))
  const schema: JsonSchema = { type: property.type, ...Object.fromEntries(rules) }
  switch (property.type) {
    case 'string':
      if (property.format === 'file') return { ...schema, ...FILE }
      return property.format ? { ...schema, format: property.format === 'url' ? 'uri' : property.format } : schema
    case 'array':
      return property.items ? { ...schema, items: propertySchema(property.items) } : schema
    case 'object':
      if (property.format === 'labeled-url') return { ...schema, ...LABELED_URL }
      return { ...schema, ...(property.properties ? objectSchema(property.properties, property.required) : {}) }
    default:
      return schema
  }
}

/** An input that may be hidden or disabled is never required beforehand. */
const mayBeAbsent = ({ visible = true, disabled = false }: InputProperty): boolean => visible !== true || disabled !== false

const objectSchema = (properties: InputProperties, required: UserInputs['required']): JsonSchema => {
  const names = Array.isArray(required) ? required : []
  return {
    properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, propertySchema(property)])),
    required: names.filter((name) => {
      const property = properties[name]
      return property !== undefined && property.default === undefined && !mayBeAbsent(property)
    }),
    additionalProperties: false,
  }
}

export const toJsonSchema = (userInputs: UserInputs): JsonSchema => ({
  type: 'object',
  ...objectSchema(userInputs.properties, userInputs.required),
})
