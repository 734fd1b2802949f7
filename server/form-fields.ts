import type { InputRequestRow } from '../db/take-run.ts'
import { escapeHtml } from './html.ts'
import type { Upload } from './route.ts'
import type { NamedUpload } from './uploads.ts'

/** A question as fields of a plain HTML form, and what such a form sends as an answer. */

type Property = { title?: string; description?: string; type?: string; format?: string; items?: { format?: string }; enum?: unknown[]; default?: unknown; minLength?: number; maxLength?: number }

const named = ({ schema }: InputRequestRow): [string, Property][] => {
  const properties = (schema.properties ?? {}) as Record<string, Property>
  const order = Array.isArray(schema.order) ? schema.order.filter((name): name is string => typeof name === 'string' && Object.hasOwn(properties, name)) : []
  const all = [...new Set([...order, ...Object.keys(properties)])]
  return all.map((name) => [name, properties[name] ?? {}])
}

const INPUT_TYPES: Record<string, string> = { password: 'password', date: 'date', time: 'time', email: 'email', url: 'url' }

const attributesOf = ({ type, format }: Property): string => {
  if (format === 'otp') return 'type="text" inputmode="numeric" autocomplete="one-time-code"'
  if (type === 'integer') return 'type="number" step="1"'
  if (type === 'number') return 'type="number" step="any"'
  return `type="${INPUT_TYPES[format ?? ''] ?? 'text'}" autocomplete="off"`
}

/** Of a file, or of a list of files. */
const isFile = ({ format, items }: Property): boolean => format === 'file' || items?.format === 'file'

const control = (property: Property, rest: string): string => {
  const { type, format, enum: choices, default: preset } = property
  const value = typeof preset === 'string' || typeof preset === 'number' ? String(preset) : ''
  if (Array.isArray(choices)) {
    const options = choices.map((choice) => `<option${choice === preset ? ' selected' : ''}>${escapeHtml(String(choice))}</option>`)
    return `<select ${rest}><option value=""></option>${options.join('')}</select>`
  }
  if (isFile(property)) return `<input ${rest} type="file"${type === 'array' ? ' multiple' : ''}>`
  if (type === 'array' || type === 'object') return `<textarea ${rest} rows="4">${preset === undefined ? '' : escapeHtml(JSON.stringify(preset))}</textarea><small>As JSON.</small>`
  if (format === 'multi-line' || format === 'markdown' || format === 'yaml') return `<textarea ${rest} rows="5">${escapeHtml(value)}</textarea>`
  return `<input ${rest} ${attributesOf(property)} value="${escapeHtml(value)}">`
}

type FieldNames = { idOf: (name: string, index: number) => string; nameOf: (name: string, index: number) => string; hasFocus?: boolean }

/** An input may be called anything: on a page of its own fields are called by their place. */
const byPlace = (_name: string, index: number): string => `f${index}`
const ON_A_PAGE: FieldNames = { idOf: byPlace, nameOf: byPlace, hasFocus: true }

/** @param names what the fields are called; `hasFocus`: the first is where one begins to type */
export const fieldsHtml = (request: InputRequestRow, { idOf, nameOf, hasFocus = false }: FieldNames = ON_A_PAGE): string => {
  const required = Array.isArray(request.schema.required) ? request.schema.required : []
  return named(request)
    .map(([name, property], index) => {
      const label = escapeHtml(property.title ?? name)
      const hint = property.description ? `<small>${escapeHtml(property.description)}</small>` : ''
      const id = escapeHtml(idOf(name, index))
      const rest = `id="${id}" name="${escapeHtml(nameOf(name, index))}"${hasFocus && index === 0 ? ' autofocus' : ''}`
      if (property.type === 'boolean') return `<label class="tick"><input type="checkbox" ${rest} value="true"${property.default === true ? ' checked' : ''}> ${label}</label>${hint}`
      return `<label for="${id}">${label}</label>${control(property, `${rest}${required.includes(name) ? ' required' : ''}`)}${hint}`
    })
    .join('')
}

/** Whether such a form must be sent as multipart. */
export const asksForFiles = (request: InputRequestRow): boolean => named(request).some(([, property]) => isFile(property))

/** The files that such a form sends; those of fields that it does not have go nowhere. */
export const filesOfFields = (request: InputRequestRow, uploads: readonly Upload[]): NamedUpload[] => {
  const fields = named(request)
  return uploads.flatMap((upload) => {
    const [name, property] = fields[Number(/^f(\d+)$/.exec(upload.field)?.[1] ?? -1)] ?? []
    return name !== undefined && property && isFile(property) ? [{ name, upload }] : []
  })
}

/** What the fields of such a form say. What was left empty is not given, and a box without a tick is false. */
export const readFields = (request: InputRequestRow, body: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    named(request).flatMap(([name, property], index): [string, unknown][] => {
      const text = body[`f${index}`]
      if (property.type === 'boolean') return [[name, text === undefined ? 'false' : text]]
      return text === undefined || text === '' ? [] : [[name, text]]
    }),
  )
