import { problem, type Fault } from '../../runner/model/problem.ts'
import type { Field } from './extract-config.ts'
import { readAs } from './read-as.ts'
import type { Read, ReadItems } from './read-items.ts'
import { roughMs } from './rough-ms.ts'

export type Value = string | number | boolean | null
export type Row = Record<string, Value>

/**
 * The values of what was read, as the types the fields ask for.
 * @throws Problem with all faults: `step_timeout` when a field was not there in time, `step_failed` when it is there and cannot be read
 */
export function convertItems({ items, lang }: ReadItems, fields: [name: string, Field][], { isList, url, timeoutMs }: { isList: boolean; url: string; timeoutMs: number }): Row[] {
  const faults: Fault[] = []
  const convert = (read: Read | undefined, field: Field, path: string): Value => {
    const fault = (code: string, message: string) => {
      faults.push({ path, code, message })
      return null
    }
    if (read === undefined || 'fault' in read) return fault(read?.missing ? 'missing' : 'ambiguous', read?.fault ?? 'was not read')
    const value = read.text === null ? { value: null } : readAs(field.type ?? 'string', read.text, { decimal: field.decimal, dayFirst: field.dayFirst, lang })
    if ('fault' in value) return fault('unreadable', value.fault)
    return value.value === null && !field.optional ? fault('empty', `has no value${field.attribute === undefined ? '' : ` in attribute ${field.attribute}`}`) : value.value
  }
  const rows = items.map((item, index) => Object.fromEntries(fields.map(([name, field], at) => [name, convert(item[at], field, isList ? `rows[${index}].${name}` : name)])))
  if (faults.length === 0) return rows
  const told = faults.slice(0, 3).map(({ path, message }) => `${path}: ${message}`)
  const more = faults.length > 3 ? `; and ${faults.length - 3} more` : ''
  // A field of the page was waited for; one that its item lacks was not.
  const isLate = !isList && faults.some(({ code }) => code === 'missing')
  const where = isLate ? `within ${roughMs(timeoutMs)} ms on ${url}` : `${isList ? 'of the list ' : ''}on ${url}`
  throw problem(isLate ? 'step_timeout' : 'step_failed', `Could not read all fields ${where}. ${told.join('; ')}${more}.`, { details: { faults } })
}
