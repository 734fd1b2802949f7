/**
 * Takes secrets out of whatever is shown or stored, by their values: wherever a value came from, and in whichever usual spelling it stands.
 */

export const REDACTED = '[redacted]'

export type Redactor = {
  /** `value` without its secrets; the very same value when there are none in it. JSON only. */
  redact(value: unknown): unknown
  redactText(text: string): string
  /** Whether `text` is, or holds, a secret. */
  isSecret(text: string): boolean
  /** What finds a secret in a text; null when there are none that are looked for in texts. */
  pattern: RegExp | null
}

/** Shorter secrets are only recognised as a whole value: inside of texts they would be found everywhere. */
const minPartLength = 4
/** A text that was cut off, with dots for the rest, gives away the start of a secret: up to this long. */
const maxCutLength = 40
/** Longer secrets are looked for in pieces, which keeps the pattern small. */
const pieceLength = 256
const minBase64Length = 4

// Every repetition below is bounded: a workflow's author chooses the secrets and the texts, and must not get the server to search for minutes.

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

const eitherCase = (hex: string): string => hex.replace(/[a-f]/gi, (digit) => `[${digit.toLowerCase()}${digit.toUpperCase()}]`)

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const entities: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' }
const controls: Record<string, string> = { '\n': 'n', '\r': 'r', '\t': 't', '\b': 'b', '\f': 'f' }

/** One character as it is, or as URLs, HTML, JSON and JSON in JSON spell it. */
const spellings = (char: string, afterBackslash: boolean): string => {
  if (/[A-Za-z0-9]/.test(char)) return char
  const backslashes = afterBackslash ? '' : '\\\\{0,4}'
  const code = char.codePointAt(0) ?? 0
  const percent = [...utf8(char)].map((byte) => `%(?:25){0,2}${eitherCase(byte.toString(16).padStart(2, '0'))}`).join('')
  const unicode = [...Array(char.length).keys()]
    .map((at) => `\\\\{1,4}u${eitherCase(char.charCodeAt(at).toString(16).padStart(4, '0'))}`)
    .join('')
  const control = controls[char]
  return `(?:${[
    percent,
    `&(?:amp;){0,2}(?:${entities[char] ?? 'amp'}|#0{0,4}${code}|#[xX]0{0,4}${eitherCase(code.toString(16))});`,
    unicode,
    ...(control ? [`\\\\{1,4}${control}`] : []),
    ...(char === ' ' ? ['\\+'] : []),
    backslashes + literal(char),
  ].join('|')})`
}

/** The pattern of each character of a secret; a run of backslashes counts as one, doubled or doubled twice. */
const spelt = (secret: string): string[] =>
  (secret.match(/\\+|[^\\]/gsu) ?? []).map((part, index, parts) => {
    if (!part.startsWith('\\')) return spellings(part, parts[index - 1]?.startsWith('\\') ?? false)
    const times = part.length
    return `(?:(?:%(?:25){0,2}5[cC]|&(?:amp;){0,2}#(?:0{0,4}92|[xX]0{0,4}5[cC]);|\\{1,4}u005[cC]){${times}}|\\\\{${times * 4}}|\\\\{${times * 2}}|\\\\{${times}})`
  })

/** The start of a secret where a text was cut off, as jq does in its errors: `"hunter2-lo...`. */
const cutOff = (parts: readonly string[]): string => {
  const start = parts.slice(0, minPartLength).join('')
  const rest = parts.slice(minPartLength, maxCutLength).reduceRight((inner, part) => `(?:${part}${inner})?`, '')
  return `${start}${rest}\\ufffd?(?:\\.\\.\\.|\\u2026)`
}

/** As they stand in Base64, in its form for URLs, and in URLs all the same. */
const base64Signs: Record<string, string> = { '+': '(?:[+-]|%2[bB])', '/': '(?:\\\\?[/_]|%2[fF])' }

/** The part of its Base64 that does not depend on what stands before and after, for each of the three ways it may lie in the bytes. */
const base64 = (secret: string): string[] =>
  [0, 1, 2].flatMap((offset) => {
    const bytes = [...Array<number>(offset).fill(0), ...utf8(secret)]
    const whole = btoa(String.fromCharCode(...bytes)).replace(/=+$/, '')
    const core = whole.slice([0, 2, 3][offset], bytes.length % 3 === 0 ? undefined : -1)
    return core.length < minBase64Length ? [] : [core]
  })

const pieces = (secret: string): string[] => {
  const found: string[] = []
  for (let at = 0; at < secret.length; at += pieceLength) found.push(secret.slice(at, at + pieceLength))
  const last = found.at(-1) ?? ''
  return last.length < minPartLength && found.length > 1 ? [...found.slice(0, -1), secret.slice(-pieceLength)] : found
}

/** One way a secret may stand in a text, and letters and digits that stand there in any case: looking for those first is what makes this quick. */
type Form = { pattern: string; anchor: string; regexp?: RegExp }

const anchorIn = (text: string): string =>
  (text.match(/[A-Za-z0-9]+/g) ?? []).reduce((longest, run) => (run.length > longest.length ? run : longest), '')

const formsOf = (secret: string): Form[] => [
  ...pieces(secret).flatMap((piece) => [
    { pattern: spelt(piece).join(''), anchor: anchorIn(piece) },
    ...base64(piece).map((core) => ({ pattern: core.replace(/[+/]/g, (char) => base64Signs[char] ?? char), anchor: anchorIn(core) })),
  ]),
  { pattern: cutOff(spelt(secret.slice(0, maxCutLength))), anchor: anchorIn(secret.slice(0, minPartLength)) },
]

/** Replaces what the forms find. Finds that touch or overlap are one: else the end of the second would stay. */
const replaceAll = (text: string, forms: readonly Form[]): string => {
  const found: [from: number, to: number][] = []
  for (const form of forms) {
    if (!text.includes(form.anchor)) continue
    const regexp = (form.regexp ??= new RegExp(form.pattern, 'g'))
    regexp.lastIndex = 0
    for (let match = regexp.exec(text); match; match = regexp.exec(text)) {
      found.push([match.index, regexp.lastIndex])
      regexp.lastIndex = match.index + 1
    }
  }
  if (found.length === 0) return text
  found.sort(([a], [b]) => a - b)
  const shown: string[] = []
  let end = -1
  for (const [from, to] of found) {
    if (from > end) shown.push(text.slice(Math.max(end, 0), from), REDACTED)
    end = Math.max(end, to)
  }
  return shown.join('') + text.slice(end)
}

/** Redacts every occurrence of these values: in texts, in keys, and as numbers. */
export const createRedactor = (secrets: Iterable<string>): Redactor => {
  const whole = new Set(secrets)
  whole.delete('')
  if (whole.size === 0) return { redact: (value) => value, redactText: (text) => text, isSecret: () => false, pattern: null }
  const forms = [...whole].filter((secret) => secret.length >= minPartLength).flatMap(formsOf)
  const anywhere = new RegExp([...new Set(forms.map(({ pattern, anchor }) => anchor || pattern))].join('|') || '(?!)')

  const within = (text: string): string => (anywhere.test(text) ? replaceAll(text, forms) : text)
  const redactText = (text: string): string => (whole.has(text) ? REDACTED : within(text))

  const redactObject = (object: object): object => {
    const entries = Object.entries(object)
    const shown = entries.map(([key, value]): [string, unknown] => [within(key), redact(value)])
    if (shown.every(([key, value], index) => key === entries[index]?.[0] && value === entries[index]?.[1])) return object
    const names = new Set<string>()
    return Object.fromEntries(
      shown.map(([key, value]) => {
        let name = key
        for (let count = 2; names.has(name); count++) name = `${key} ${count}`
        names.add(name)
        return [name, value]
      }),
    )
  }

  const redact = (value: unknown): unknown => {
    if (typeof value === 'string') return redactText(value)
    if (typeof value === 'number') return whole.has(String(value)) ? REDACTED : value
    if (typeof value !== 'object' || value === null) return value
    if (!Array.isArray(value)) return redactObject(value)
    const shown = value.map(redact)
    return shown.some((item, index) => item !== value[index]) ? shown : value
  }

  const pattern = forms.length === 0 ? null : new RegExp([...new Set(forms.map((form) => form.pattern))].join('|'))
  return { redact, redactText, isSecret: (text) => redactText(text) !== text, pattern }
}
