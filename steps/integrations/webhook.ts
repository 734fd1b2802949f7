import { Headers, type Response } from 'undici'
import { z } from 'zod'
import { problem, Problem } from '../../runner/model/problem.ts'
import { afterExternal, externalWait, onFailure, timeoutMs } from '../lib/external.ts'
import { forError, readAnswer, toBody, toHeaders } from '../lib/http-message.ts'
import { envelope, signInto } from '../lib/port-message.ts'
import { roughMs } from '../lib/rough-ms.ts'
import { defineStep, done, type StepContext, wait } from '../lib/step.ts'

/** Port's agent, which claims its work under this name. */
const AGENT = '_PORT_EXEC_AGENT'
const MAX_REDIRECTS = 5

type Call = { method: string; headers: Headers; body: string | undefined; signal: AbortSignal }

/** Where an answer sends us, or null. */
const redirectOf = (response: Response, from: URL): URL | null => {
  const location = response.headers.get('location')
  if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return null
  return URL.canParse(location, from) ? new URL(location, from) : null
}

/** Follows by hand: `fetch` would repeat every header but a few to the other server. The guard judges each address on the way. */
const call = async (fetch: StepContext['fetch'], url: URL, request: Call, redirects = 0): Promise<Response> => {
  const response = await fetch(url, { ...request, redirect: 'manual' })
  const next = redirectOf(response, url)
  if (!next) return response
  await response.body?.cancel()
  const refuse = (why: string) => problem('step_failed', `${name(url)} answered ${response.status}, a redirect: ${why}.`, { retryable: false })
  if (request.method !== 'GET') throw refuse('only a GET request follows one; call the new address itself')
  if (redirects === MAX_REDIRECTS) throw refuse(`no more than ${MAX_REDIRECTS} are followed`)
  const headers = next.origin === url.origin ? request.headers : new Headers()
  return call(fetch, next, { ...request, headers }, redirects + 1)
}

/** Without the query, which is where keys are put. */
const name = ({ origin, pathname }: URL): string => origin + pathname

const retryAfterMs = (response: Response, now: Date): number | null => {
  const value = response.headers.get('retry-after')?.trim() ?? ''
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now.getTime()
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}

const parseUrl = (text: string): URL => {
  if (!URL.canParse(text)) throw problem('validation_failed', 'url is no address; it must be whole, such as https://example.com/hook.')
  return new URL(text)
}

export default defineStep({
  summary: 'Call another system over HTTP and take its answer.',
  config: z
    .strictObject({
      url: z.string().min(1).max(8000),
      method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('POST'),
      headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
      /** Text as it is; anything else as JSON, or as a form when the content type says so. */
      body: z.unknown().optional(),
      /** False: the other system gets `{context, payload}`, answers that it has taken it, and reports the end later. */
      synchronized: z.boolean().default(true),
      /** Leaves the call to an agent inside the other network, which asks for it and reports the end. */
      agent: z.boolean().default(false),
      /** Of the answer; of the report, when another ends the node: a day when it is not given. */
      timeoutMs: timeoutMs.optional(),
      onTimeout: z.enum(['fail', 'continue']).default('fail'),
      onFailure,
    })
    .refine(({ method, synchronized, agent }) => method !== 'GET' || synchronized || agent, { path: ['method'], message: 'must not be GET when the node is ended later: the call says in its body which node it is' })
    .refine(({ method, body }) => method !== 'GET' || body === undefined, { path: ['body'], message: 'means nothing in a GET request' }),
  async run(context, config) {
    if (config.agent) return wait(externalWait(config, AGENT))
    const url = parseUrl(config.url)
    const headers = toHeaders(config.headers)
    if (!config.synchronized) headers.set('content-type', 'application/json')
    const body = toBody(config.synchronized ? config.body : envelope(context, config.body ?? null), headers)
    signInto(headers, context, body ?? '')
    const limitMs = Math.min((config.synchronized ? config.timeoutMs : undefined) ?? Infinity, context.remainingMs())
    const timeout = AbortSignal.timeout(limitMs)
    const signal = AbortSignal.any([context.signal, timeout])
    try {
      const response = await call(context.fetch, url, { method: config.method, headers, body, signal })
      const answer = await readAnswer(response)
      if (response.ok && config.synchronized) return done({ response: answer })
      if (response.ok) {
        context.log('INFO', `${name(url)} took it with ${response.status}; it is to report the end.`)
        return wait(externalWait(config))
      }
      const retryable = response.status >= 500 || response.status === 429
      const waitMs = retryable ? retryAfterMs(response, context.now()) : null
      throw problem('step_failed', `${config.method} ${name(url)} answered ${response.status}.`, {
        retryable,
        details: { url: name(url), response: forError(answer, headers), ...(waitMs === null ? {} : { retryAfterMs: waitMs }) },
      })
    } catch (error) {
      context.signal.throwIfAborted()
      if (error instanceof Problem) throw error
      if (timeout.aborted && config.synchronized && config.onTimeout === 'continue') return done({ timeout: true })
      if (timeout.aborted) throw problem('step_timeout', `${config.method} ${name(url)} did not answer within ${roughMs(limitMs)} ms.`, { details: { url: name(url) } })
      throw problem('step_failed', `${config.method} ${name(url)}: the answer broke off.`, { retryable: true, details: { url: name(url) }, cause: error })
    }
  },
  resume: (_context, config, wake) => afterExternal(wake, config, config.agent ? 'The agent' : config.url.split('?')[0]!),
})
