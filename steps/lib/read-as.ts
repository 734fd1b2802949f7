import { quote } from './quote.ts'
import { readDate } from './read-date.ts'
import { readNumber } from './read-number.ts'

/** What a text says when it is read as a number, a date or a yes or no. Nothing is guessed: what can be read in two ways is a fault. */

export type ReadOptions = {
  /** The sign before the fraction; where it is not given, the page's language may say. */
  decimal?: '.' | ',' | undefined
  /** Whether 03/04/2026 is the third of April. */
  dayFirst?: boolean | undefined
  /** The page's language, '' when it does not say. */
  lang: string
}
export type FieldType = 'string' | 'number' | 'integer' | 'boolean' | 'date'
/** `null`: the text says that there is no value. */
export type ReadValue = { value: string | number | boolean | null } | { fault: string }

const YES = /^(?:yes|true|1|on|✓|✔|☑)$/i
const NO = /^(?:no|false|0|off|✗|✘|☐)$/i
/** An empty cell, a dash: no value. */
const NOTHING = /^(?:[-–—]|n\/?a)?$/i

/** The language as far as it is one that is known here, else ''. */
function knownLanguage(lang: string): string {
  try {
    return Intl.NumberFormat.supportedLocalesOf(lang)[0] ?? ''
  } catch {
    return ''
  }
}

export function readAs(type: FieldType, given: string, page: ReadOptions): ReadValue {
  if (type === 'string') return { value: given }
  const text = given.trim()
  const options = { ...page, lang: knownLanguage(page.lang) }
  if (NOTHING.test(text)) return { value: null }
  if (type === 'date') return readDate(text, options)
  if (type !== 'boolean') return readNumber(text, type === 'integer', options)
  return YES.test(text) ? { value: true } : NO.test(text) ? { value: false } : { fault: `${quote(text)} is neither yes nor no` }
}
