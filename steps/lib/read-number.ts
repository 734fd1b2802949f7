import { quote } from './quote.ts'
import type { ReadOptions, ReadValue } from './read-as.ts'

/** Groups of three, or of two and a last one of three, all with the same sign between them. */
const GROUPED = /^\d{1,3}(?:([.,\s'’])(?:\d{2,3}\1)*\d{3})?$/
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'))
const MARK = /^(?:[A-Z]{0,3}\p{Sc}|%|kr\.?|Fr\.|zł|Kč)$/u

/** Takes currency, percent, sign and parentheses from around the digits. "12 %" is 12: what stands there. */
function stripMarks(text: string): { digits: string; negative: boolean } | null {
  const inParentheses = /^\((.*)\)$/.exec(text.trim())?.[1]
  const [, before = '', digits = '', after = ''] = /^((?:[^\d.,]|(?<=\p{L})\.)*)(.*?)([^\d.,]*\.?)$/su.exec(inParentheses ?? text) ?? []
  const marks = `${before} ${after}`.split(/\s+|(?<=[-+−–—])|(?=[-+−–—])/).filter((mark) => mark !== '')
  const minus = marks.filter((mark) => /^[-−–—]$/.test(mark)).length + (inParentheses === undefined ? 0 : 1)
  const isKnown = (mark: string) => /^[-+−–—]$/.test(mark) || (/^[A-Z]{3}$/.test(mark) ? CURRENCIES.has(mark) : MARK.test(mark))
  return minus > 1 || !marks.every(isKnown) ? null : { digits: digits.trim(), negative: minus === 1 }
}

const decimalOf = (lang: string): string | undefined =>
  lang === '' ? undefined : new Intl.NumberFormat(lang).formatToParts(1.5).find(({ type }) => type === 'decimal')?.value

/** The sign before the fraction: '' when there is none, undefined when it cannot be told. */
function decimalSign(digits: string, whole: boolean, { decimal, lang }: ReadOptions): string | undefined {
  if (decimal !== undefined) return decimal
  const signs = digits.match(/[.,]/g) ?? []
  const last = signs.at(-1)
  if (last === undefined) return ''
  if (signs.some((sign) => sign !== last)) return last
  if (signs.length > 1) return ''
  // One sign: "1.5" and "0.125" have a fraction; "1.234" may be either.
  const [, fraction] = /^[1-9]\d{0,2}[.,](\d{3})$/.exec(digits) ?? []
  if (fraction === undefined) return last
  if (whole && fraction !== '000') return ''
  const own = decimalOf(lang)
  return own === undefined ? undefined : own === last ? last : ''
}

export function readNumber(text: string, whole: boolean, options: ReadOptions): ReadValue {
  const fault = (why: string) => ({ fault: `${quote(text)} ${why}` })
  const stripped = stripMarks(text)
  if (!stripped) return fault('is not a number')
  const { digits } = stripped
  const sign = decimalSign(digits, whole, options)
  if (sign === undefined) return fault(`may be ${digits.replace(/[.,]/, '')} or ${digits.replace(',', '.')}: say which sign is the decimal one, in "decimal"`)
  const at = sign === '' ? -1 : digits.lastIndexOf(sign)
  const [front, fraction] = at === -1 ? [digits, ''] : [digits.slice(0, at), digits.slice(at + 1)]
  const isFront = /^\d*$/.test(front) || (GROUPED.test(front) && (sign === '' || !front.includes(sign)))
  if (!isFront || !/^\d*$/.test(fraction) || front + fraction === '') return fault('is not a number')
  const value = Number(`${front.replace(/\D/g, '')}.${fraction}`) * (stripped.negative ? -1 : 1)
  if (whole && !Number.isInteger(value)) return fault('is not a whole number')
  if (!Number.isSafeInteger(Math.trunc(value))) return fault('has more digits than a number can hold; take it as a string')
  return { value: value === 0 ? 0 : value }
}
