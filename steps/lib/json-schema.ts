import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { z } from 'zod'
import { problem, type Fault } from '../../runner/model/problem.ts'

/** JSON Schemas (draft 2020-12, with formats) that workflow authors write. An unknown keyword is told: it is most often a misspelt one. */

const compiled = new Map<string, ValidateFunction>()
const KEPT = 100

function compile(schema: object): ValidateFunction {
  const text = JSON.stringify(schema)
  const known = compiled.get(text)
  if (known) return known
  // A compiler of its own for each: two schemas may carry the same $id.
  const ajv = new Ajv2020({ allErrors: true, strictTypes: false, strictTuples: false, strictRequired: false, allowUnionTypes: true })
  addFormats.default(ajv)
  const check = ajv.addVocabulary(['example']).compile(schema)
  if (compiled.size >= KEPT) compiled.clear()
  compiled.set(text, check)
  return check
}

export const jsonSchema = z.record(z.string(), z.unknown()).superRefine((schema, context) => {
  try {
    compile(schema)
  } catch (error) {
    context.addIssue({ code: 'custom', message: `This is not a JSON Schema (draft 2020-12): ${error instanceof Error ? error.message : String(error)}.` })
  }
})

/** `/rows/3/first name` as in JavaScript: `rows[3]["first name"]`. */
const readable = (pointer: string): string =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : /^[A-Za-z_$][\w$]*$/.test(part) ? `${index === 0 ? '' : '.'}${part}` : `[${JSON.stringify(part)}]`))
    .join('')

function toFault({ instancePath, keyword, message = 'is not as the schema says', params }: ErrorObject): Fault {
  const extra = (params as { additionalProperty?: unknown; allowedValues?: unknown }).additionalProperty
  const allowed = (params as { allowedValues?: unknown }).allowedValues
  const detail = extra === undefined ? (allowed === undefined ? '' : `: ${JSON.stringify(allowed)}`) : `: ${JSON.stringify(extra)}`
  return { path: readable(instancePath), code: keyword, message: message + detail }
}

/** @throws Problem `validation_failed` with all faults and where they are */
export function checkWithSchema(schema: object, value: unknown, what: string): void {
  const check = compile(schema)
  if (check(value)) return
  const faults = (check.errors ?? []).map(toFault)
  const [first, second, third] = faults
  const some = [first, second, third].flatMap((fault) => (fault ? [`${fault.path === '' ? 'it' : fault.path} ${fault.message}`] : [])).join('; ')
  throw problem('validation_failed', `${what} is not as the schema says: ${some}${faults.length > 3 ? `; and ${faults.length - 3} more` : ''}.`, { details: { faults } })
}
