/** Writes docs/step-types.md from the catalogue; with --check it only says whether that is what stands there. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { z } from 'zod'
import { loadCatalog, stepTypes, type Catalog } from '../runner/catalog.ts'
import { targetSchema } from '../steps/lib/target.ts'

type Schema = {
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  oneOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
  propertyNames?: Schema
  minimum?: number
  maximum?: number
  default?: unknown
  description?: string
  $ref?: string
}

const root = new URL('..', import.meta.url)
const path = fileURLToPath(new URL('docs/step-types.md', root))

const ROOMS = { triggers: 'Triggers', browser: 'In the browser', control: 'Control', integrations: 'Other systems' }

/** Told once, in docs/workflows.md: what points at an element, known by its shape, and what is asked for, known by its name. */
const shapeOf = ({ anyOf }: Schema): string => JSON.stringify(anyOf)
const TARGET = shapeOf(z.toJSONSchema(targetSchema, { io: 'input' }) as Schema)
const TARGET_LINK = '[target](workflows.md#targets)'
const INPUTS_LINK = '[inputs](workflows.md#inputs)'

const code = (value: unknown): string => `\`${JSON.stringify(value)}\``

const range = ({ minimum, maximum }: Schema, noun: string): string => {
  const low = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? null : minimum
  const high = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? null : maximum
  if (low === null) return high === null ? noun : `${noun} up to ${high}`
  return high === null ? `${noun} from ${low}` : `${noun} from ${low} to ${high}`
}

/** The shape of an object in one line: `{ name, domain? }`, with the type of what is not plain text. */
const shape = ({ properties = {}, required = [] }: Schema): string =>
  `{ ${Object.entries(properties)
    .map(([name, inner]) => {
      const words = typeWords(inner)
      return `${name}${required.includes(name) ? '' : '?'}${words === 'text' ? '' : `: ${words}`}`
    })
    .join(', ')} }`

const grouped = (words: string): string => (words.includes(' or ') && !/^\{[^}]*\}$/.test(words) ? `(${words})` : words)

/** A schema in a few words. */
const typeWords = (schema: Schema): string => {
  if (schema.anyOf && shapeOf(schema) === TARGET) return TARGET_LINK
  if (schema.const !== undefined) return code(schema.const)
  if (schema.enum) return schema.enum.map(code).join(' or ')
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return [...new Set(choices.map(typeWords))].join(', or ')
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeWords({ type })).join(', or ')
  switch (schema.type) {
    case 'string':
      return 'text'
    case 'integer':
      return range(schema, 'whole number')
    case 'number':
      return range(schema, 'number')
    case 'boolean':
      return '`true` or `false`'
    case 'array':
      return `list of ${schema.items ? grouped(typeWords(schema.items)) : 'anything'}`
    case 'object': {
      if (schema.properties) return shape(schema)
      const inner = schema.additionalProperties
      return typeof inner === 'object' && Object.keys(inner).length > 0 ? `object, by name: ${typeWords(inner)}` : 'object'
    }
    default:
      return 'any JSON'
  }
}

/** Text that Markdown is to leave as it is. */
const plain = (text: string): string => text.replace(/[\\*_<|]/g, '\\$&').replaceAll('\n', ' ')

const row = (name: string, schema: Schema, required: boolean): string => {
  const given = schema.default === undefined ? '' : ` Default ${code(schema.default)}.`
  const type = name === 'userInputs' ? INPUTS_LINK : typeWords(schema)
  return `| \`${name}\`${required ? '' : '?'} | ${type.replaceAll('|', '\\|')} | ${`${plain(schema.description ?? '')}${given}`.trim()} |`
}

const section = ({ type, summary, config }: ReturnType<typeof stepTypes>[number]): string => {
  const { properties = {}, required = [] } = config as Schema
  const fields = Object.entries(properties).map(([name, schema]) => row(name, schema, required.includes(name)))
  const table = fields.length === 0 ? 'No config.' : ['| config | is | |', '| --- | --- | --- |', ...fields].join('\n')
  return `### ${type}\n\n${summary}\n\n${table}\n`
}

/** The document as the catalogue makes it. */
export const stepDocs = (catalog: Catalog): string => {
  const types = stepTypes(catalog)
  const rooms = Object.entries(ROOMS).map(([room, title]) => `## ${title}\n\n${types.filter((type) => type.room === room).map(section).join('\n')}`)
  return `# Step types

The \`type\` of a node's \`config\`, and what else the config holds. A \`?\` marks what may be left out. Every text may hold
[templates](workflows.md#templates). What a step puts out is in [workflows.md](workflows.md#outputs). The same as JSON Schema:
\`GET /api/v1/step-types\`.

<!-- Made by scripts/write-step-docs.ts from the schemas in steps/: change those, then "npm run docs". -->

${rooms.join('\n')}`
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const text = stepDocs(await loadCatalog())
  if (!process.argv.includes('--check')) writeFileSync(path, text)
  else if (readFileSync(path, 'utf8') !== text) {
    console.error('docs/step-types.md is not what the catalogue says: run "npm run docs".')
    process.exitCode = 1
  }
}
