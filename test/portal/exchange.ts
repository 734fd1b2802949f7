import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Session } from './session.ts'
import type { Order } from './wizard.ts'

export type PortalOptions = {
  /** 0, the default, takes a free one. */
  port?: number
  /** What `demo-2fa` and `demo-boxes` must type. */
  securityCode?: string
  /** How long the employee table's data takes to come. */
  tableDelayMs?: number
  /** For the time-based codes of `demo-totp`. */
  now?: () => number
}

/** One request to `/echo` or `/hook/…`; the body is the text that came, so that signatures can be checked. */
export type ReceivedRequest = {
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  body: string
}

/** What one portal remembers; nothing is shared between two of them. */
export type PortalState = {
  options: Required<PortalOptions>
  sessions: Map<string, Session>
  orders: Map<string, Order>
  /** How many requests of a key `/flaky` has already failed. */
  failures: Map<string, number>
  received: ReceivedRequest[]
  requests: Map<string, number>
}

export type Exchange = {
  request: IncomingMessage
  response: ServerResponse
  url: URL
  params: Record<string, string>
  body: Buffer
  state: PortalState
  /** Aborted when the client has gone or the portal closes. */
  signal: AbortSignal
}

export type Answer = { status?: number; headers?: Record<string, string | string[]>; body?: string | Buffer }

/** A handler that returns nothing has taken the response into its own hands: to stream it, cut it off, or never give it. */
export type Handler = (exchange: Exchange) => Answer | undefined | Promise<Answer | undefined>

/** `'GET /login'`, `'GET /status/:code'`, `'* /echo'`. */
export type Routes = Record<`${'GET' | 'POST' | '*'} /${string}`, Handler>

export function json(value: unknown, status = 200): Answer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: `${JSON.stringify(value)}\n` }
}

export function redirect(location: string, headers: Record<string, string> = {}): Answer {
  return { status: 303, headers: { ...headers, location } }
}

/** Waits, but no longer than there is someone to wait for. */
export async function pause({ signal }: Exchange, ms: number): Promise<void> {
  await delay(ms, undefined, { signal })
}

/** A number out of the query string, within bounds, so that no test can ask for a terabyte by a typing mistake. */
export function queryNumber({ url }: Exchange, name: string, fallback: number, most: number): number {
  const value = Number(url.searchParams.get(name) ?? fallback)
  return Number.isFinite(value) ? Math.min(Math.max(value, 0), most) : fallback
}

/** Reads an urlencoded or multipart body. */
export async function formData({ request, body }: Exchange): Promise<FormData> {
  const contentType = request.headers['content-type'] ?? 'application/x-www-form-urlencoded'
  return await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData()
}

/** One text field of a posted form, '' when it is not there. */
export function textField(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

export function cookie({ request }: Exchange, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [key, ...rest] = pair.trim().split('=')
    if (key === name) return rest.join('=')
  }
  return undefined
}
