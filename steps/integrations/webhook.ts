import { Headers, type Response } from 'undici'
import { z } from 'zod'
import { problem, Problem } from '../../runner/model/problem.ts'
import { forError, readAnswer, toBody, toHeaders } from '../lib/http-message.ts'
import { defineStep, done, type StepContext } from '../lib/step.ts'

const DAY_MS = 86_400_000
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
      synchronized: z.literal(true, { error: 'must be true: a node that another system finishes later is not available yet' }).default(true),
      timeoutMs: z.int().min(1).max(DAY_MS).optional(),
      onTimeout: z.enum(['fail', 'continue']).default('fail'),
    })
    .refine(({ method, body }) => method !== 'GET' || body === undefined, { path: ['body'], message: 'means nothing in a GET request' }),
  async run(context, config) {
    const url = parseUrl(config.url)
    const headers = toHeaders(config.headers)
    const body = toBody(config.body, headers)
    const limitMs = Math.min(config.timeoutMs ?? Infinity, context.remainingMs())
    const timeout = AbortSignal.timeout(limitMs)
    const signal = AbortSignal.any([context.signal, timeout])
    try {
      const response = await call(context.fetch, url, { method: config.method, headers, body, signal })
      const answer = await readAnswer(response)
      if (response.ok) return done({ response: answer })
      const retryable = response.status >= 500 || response.status === 429
      const waitMs = retryable ? retryAfterMs(response, context.now()) : null
      throw problem('step_failed', `${config.method} ${name(url)} answered ${response.status}.`, {
        retryable,
        details: { url: name(url), response: forError(answer, headers), ...(waitMs === null ? {} : { retryAfterMs: waitMs }) },
      })
    } catch (error) {
      context.signal.throwIfAborted()
      if (error instanceof Problem) throw error
      if (timeout.aborted && config.onTimeout === 'continue') return done({ timeout: true })
      if (timeout.aborted) throw problem('step_timeout', `${config.method} ${name(url)} did not answer within ${limitMs} ms.`, { details: { url: name(url) } })
      throw problem('step_failed', `${config.method} ${name(url)}: the answer broke off.`, { retryable: true, details: { url: name(url) }, cause: error })
    }
  },
})
