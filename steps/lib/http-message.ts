import { Headers, type Response } from 'undici'
import { problem } from '../../runner/model/problem.ts'
import type { Json } from './step.ts'

/** What goes out with an HTTP request that a workflow author wrote, and what of the answer goes back into the workflow. */

const MAX_BODY_BYTES = 10 * 1024 * 1024

/** Those that say how the connection is used; they are undici's business, and set by hand they let one request hide another. */
const HOP_HEADERS = ['connection', 'content-length', 'expect', 'host', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']
/** Whose values are never repeated to anyone. */
const SENSITIVE = /auth|cookie|token|secret|key|password|signature|session/i

export type HeaderValue = string | number | boolean

/** @throws Problem `validation_failed` on what would break out of its header. The value is not shown. */
export const toHeaders = (given: Record<string, HeaderValue>): Headers => {
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) {
    const shown = JSON.stringify(name.slice(0, 100))
    if (!/^[!#$%&'*+.^_`|~\dA-Za-z-]+$/.test(name)) throw problem('validation_failed', `${shown} is no header name.`)
    if (HOP_HEADERS.includes(name.toLowerCase())) throw problem('validation_failed', `The header ${shown} cannot be set: the connection decides it.`)
    // Tabs and visible Latin-1 only: a line break would begin another header.
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(String(value))) throw problem('validation_failed', `The value of the header ${shown} holds characters that headers cannot have.`)
    headers.append(name, String(value))
  }
  return headers
}

/** The body as bytes of its content type, which `headers` gets unless it has one. Text goes as it is, an object as JSON or as the form that the type asks for. */
export const toBody = (body: unknown, headers: Headers): string | undefined => {
  if (body === undefined) return undefined
  const type = headers.get('content-type') ?? (typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json')
  headers.set('content-type', type)
  const text = typeof body === 'string' ? body : type.startsWith('application/x-www-form-urlencoded') ? toForm(body) : JSON.stringify(body)
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) throw problem('validation_failed', 'The body is larger than 10 MB.')
  return text
}

const toForm = (body: unknown): string => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw problem('validation_failed', 'A form body must be an object or text.')
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
  const fields = Object.entries(body).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => [name, text(one)]))
  return new URLSearchParams(fields).toString()
}

/** @throws Problem `step_failed` when the body is too large or breaks off. */
const readBytes = async (response: Response): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_BODY_BYTES) throw problem('step_failed', 'The answer is larger than 10 MB.', { retryable: false })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const isJsonType = (type: string): boolean => /^(application|text)\/([\w.-]+\+)?json\b/i.test(type)
const isTextType = (type: string): boolean => /^text\/|[/+](json|xml|yaml|javascript|x-ndjson|x-www-form-urlencoded|graphql)\b/i.test(type)

const decode = (bytes: Buffer, charset: string): string | null => {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
const parseJson = (text: string): Json => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** `encoding` is there when the data is no text, and says how it was made one. An empty answer has null. */
export type Answer = { status: number; headers: Record<string, string | string[]>; data: Json; encoding?: 'base64' }

export const readAnswer = async (response: Response): Promise<Answer> => {
  const { status } = response
  const cookies = response.headers.getSetCookie()
  const headers = { ...Object.fromEntries(response.headers), ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}) }
  const bytes = await readBytes(response)
  if (bytes.length === 0) return { status, headers, data: null }
  const type = response.headers.get('content-type') ?? ''
  const charset = /charset="?([\w-]+)/i.exec(type)?.[1] ?? 'utf-8'
  const text = type === '' || isTextType(type) ? decode(bytes, charset) : null
  if (text === null) return { status, headers, data: bytes.toString('base64'), encoding: 'base64' }
  return { status, headers, data: type === '' || isJsonType(type) ? parseJson(text) : text }
}

/** How an answer is shown in an error: short, and without what the request said in confidence, which some servers repeat. */
export const forError = ({ status, headers, data }: Answer, sent: Headers): Json => {
  // Word by word, because of `Bearer <key>`; short words would blot out half of the text and give nothing away.
  const words = [...sent].flatMap(([name, value]) => (SENSITIVE.test(name) ? [value, ...value.split(/\s+/)] : [])).filter((word) => word.length >= 6)
  const hide = (text: string): string => words.reduce((shown, word) => shown.replaceAll(word, '[redacted]').replaceAll(JSON.stringify(word).slice(1, -1), '[redacted]'), text)
  const kept = Object.entries(headers).filter(([name]) => !SENSITIVE.test(name))
  const body = data === null ? null : hide(typeof data === 'string' ? data : JSON.stringify(data)).slice(0, 2000)
  return { status, headers: Object.fromEntries(kept.map(([name, value]) => [name, hide(String(value))])), data: body }
}
