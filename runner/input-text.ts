import addFormats from 'ajv-formats'
import type { InputProperty } from './model/user-inputs.ts'

/** What texts stand for: the values that bracket fields and forms send as text, and the formats that text can be of. */

/** Longer texts are of none of the checked formats. */
const MAX_FORMATTED_TEXT = 2048
const CHECKED_FORMATS = ['date-time', 'date', 'time', 'email', 'ipv4', 'ipv6', 'uuid'] as const

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
/**
 * What a text stands for where another type is wanted; the text itself when for nothing, which the type check then refuses.
 * A list is JSON, or the one time that a repeated field was given. `isJson`: what it holds has types of its own.
 */
export const readAsText = ({ type }: InputProperty, text: string): { value: unknown; isJson: boolean } => {
  if (type === 'object' || (type === 'array' && text.trimStart().startsWith('['))) return { value: parseJson(text), isJson: true }
  const plain = (value: unknown) => ({ value, isJson: false })
  if (type === 'array') return plain([text])
  if (type === 'boolean') return plain(text === 'true' || (text === 'false' ? false : text))
  const isNumber = (type === 'number' || type === 'integer') && /^[-+.\deE]+$/.test(text.trim()) && Number.isFinite(Number(text))
  return plain(isNumber ? Number(text) : text)
}

const isChecked = (format: string | undefined): format is (typeof CHECKED_FORMATS)[number] => CHECKED_FORMATS.some((known) => known === format)
/** Formats that only say what a text is for hold of any. */
export const hasFormat = (format: string | undefined, text: string): boolean => {
  if (format === 'url') return text.length <= MAX_FORMATTED_TEXT && /^https?:\/\//i.test(text) && URL.canParse(text)
  if (!isChecked(format)) return true
  if (text.length > MAX_FORMATTED_TEXT) return false
  const check = addFormats.default.get(format, 'full')
  if (check instanceof RegExp) return check.test(text)
  const validate: unknown = typeof check === 'object' && 'validate' in check ? check.validate : check
  return validate instanceof RegExp ? validate.test(text) : typeof validate !== 'function' || Boolean(validate(text))
}
