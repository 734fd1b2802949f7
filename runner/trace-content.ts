import { REDACTED, createRedactor } from './model/redact.ts'

/**
 * Takes secrets out of what a Playwright trace is made of: the lines that say what happened, and the bodies of requests and answers, style sheets,
 * pictures. What cannot be looked into is left out: the viewer shows what there is.
 */
export type TraceContent = {
  /** A line as it may be kept; null when it is left out. In order: first those of the calls, then those of the network. */
  line(text: string): string | null
  /** A body as it may be kept; null when it is left out. After the lines. */
  body(name: string, bytes: Buffer): Buffer | null
}

/** Pictures of the page may show what was typed, and have no text to look for. */
const PICTURE_EVENTS = new Set(['screencast-frame', 'screenshot'])
const PICTURES = /^(?:screencast|screenshots)\//
/** What pages are made of beside texts. */
const BINARY = /\.(?:png|jpe?g|gif|webp|avif|bmp|ico|woff2?|ttf|otf|eot)$/
const TEXT = /\.(?:x?html?|css|m?js|json|txt|xml|csv|svg)$/
/** Whose value opens a session, or says who somebody is. */
const CREDENTIALS = /^(?:set-)?cookie2?$|^(?:proxy-)?authorization$/i
/** Calls that type: some of them a character at a time. */
const TYPES = /^(?:fill|type|press|keyboard)/
/** How the log of a call quotes what was typed. */
const QUOTED = /\("([^]*)"\)$/

type Fields = Record<string, unknown>
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const readUtf8 = (bytes: Buffer): string | null => {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

/**
 * @param secrets every value that the run knows
 * @param rename the name that a file of the trace has from now on; undefined for a text that is the name of none
 */
export const createTraceContent = (secrets: readonly string[], rename: (name: string) => string | undefined): TraceContent => {
  const redactor = createRedactor(secrets)
  /** Over bytes as characters: in a text that is not UTF-8, or in a picture. */
  const ofBytes = createRedactor(secrets.flatMap((secret) => [secret, Buffer.from(secret).toString('latin1')]))
  /** Nobody knows how these are spelt in a text that is not UTF-8. */
  const isForeign = secrets.some((secret) => /[^\u0000-\u00ff]/.test(secret)) // oxlint-disable-line no-control-regex -- all that Latin-1 has
  /** Also what a field holds while a secret is typed, or one box of a code. */
  const typed = (text: string): string => (text !== '' && secrets.some((secret) => secret.includes(text)) ? REDACTED : redactor.redactText(text))

  /** What was typed last, a character at a time. */
  let run = ''
  /** Whether a code was spread over boxes: a form sends what they hold one by one, and nobody finds the code in it. */
  let isSpread = false
  const bodiesOfForms = new Set<string>()
  const notice = (text: string): void => {
    if (text.length !== 1) return
    run = secrets.some((secret) => secret.includes(run + text)) ? run + text : text
    isSpread ||= run.length > 1
  }

  const shownText = (key: string, text: string): string => (key === '__playwright_value_' ? typed(text) : (rename(text) ?? redactor.redactText(text)))

  /**
   * In place: a page is described by thousands of small values. Numbers are Playwright's own: times, sizes, places in the page.
   * @param isCredential whether the value that is called so is one
   */
  const hide = (fields: Fields, isCredential = (key: string): boolean => key === 'value' && CREDENTIALS.test(String(fields.name))): void => {
    for (const key of Object.keys(fields)) {
      const value = fields[key]
      if (typeof value === 'string') fields[key] = isCredential(key) ? REDACTED : shownText(key, value)
      else if (Array.isArray(value)) hideItems(value, key === 'cookies' ? (name) => name === 'value' : undefined)
      else if (isFields(value)) hide(value)
      const name = redactor.redactText(key)
      if (name === key) continue
      fields[name] = fields[key]
      delete fields[key]
    }
  }
  const hideItems = (items: unknown[], isCredential?: (key: string) => boolean): void => {
    for (const [index, item] of items.entries()) {
      if (typeof item === 'string') items[index] = shownText('', item)
      else if (Array.isArray(item)) hideItems(item)
      else if (isFields(item)) hide(item, isCredential)
    }
  }

  const typedParams = (params: Fields): Fields =>
    Object.fromEntries(
      Object.entries(params).map(([key, value]) => {
        if (typeof value !== 'string' || key === 'selector') return [key, value]
        notice(value)
        return [key, typed(value)]
      }),
    )

  const dropForm = (request: Fields): void => {
    if (isFields(request.postData) && typeof request.postData._file === 'string') bodiesOfForms.add(request.postData._file)
    delete request.postData
  }

  const event = ({ type, ...fields }: Fields): Fields => {
    const { method, params, message, snapshot } = fields
    if (isSpread && isFields(snapshot) && isFields(snapshot.request)) dropForm(snapshot.request)
    // What was handed over or came back: numbers there may be anybody's.
    for (const key of ['params', 'result', 'args']) if (key in fields) fields[key] = redactor.redact(fields[key])
    if (typeof method === 'string' && TYPES.test(method) && isFields(params)) fields.params = typedParams(params)
    if (type === 'log' && typeof message === 'string') fields.message = message.replace(QUOTED, (_, text: string) => `("${typed(text)}")`)
    hide(fields)
    return { type, ...fields }
  }

  return {
    line: (text) => {
      let found: unknown
      try {
        found = JSON.parse(text)
      } catch {
        return null
      }
      if (!isFields(found) || (secrets.length > 0 && PICTURE_EVENTS.has(String(found.type)))) return null
      return JSON.stringify(event(found))
    },
    body: (name, bytes) => {
      if (secrets.length === 0) return bytes
      if (PICTURES.test(name) || bodiesOfForms.has(name)) return null
      const hasZero = bytes.includes(0)
      const text = hasZero ? null : readUtf8(bytes)
      if (text !== null) return Buffer.from(redactor.redactText(text))
      const characters = bytes.toString('latin1')
      if (BINARY.test(name)) return ofBytes.isSecret(characters) ? null : bytes
      return hasZero || isForeign || !TEXT.test(name) ? null : Buffer.from(ofBytes.redactText(characters), 'latin1')
    },
  }
}
