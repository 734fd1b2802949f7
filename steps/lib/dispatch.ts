import { Headers } from 'undici'
import { z } from 'zod'
import { Problem, problem } from '../../runner/model/problem.ts'
import { afterExternal, afterTimeout, externalFields } from './external.ts'
import { forError, readAnswer } from './http-message.ts'
import { done, wait, type Json, type Memo, type StepContext, type StepResult, type Wake } from './step.ts'

/** What steps have in common that start a pipeline elsewhere and, when asked to, look how it goes until it has ended. */

export const dispatchFields = {
  token: z.string().min(1).max(10_000),
  /** False: done when it is accepted. True: done when it has ended. */
  reportStatus: z.boolean().default(false),
  /** How often it is looked at. */
  pollMs: z.int().min(100).max(3_600_000).default(15_000),
  ...externalFields,
}

export const baseUrl = (standard: string) =>
  z
    .string()
    .max(2000)
    .regex(/^https?:\/\/[^\s?#]+$/, 'must be a whole address, such as https://git.acme.test')
    .default(standard)
    .transform((url) => url.replace(/\/+$/, ''))

type Dispatched = { reportStatus: boolean; pollMs: number; timeoutMs: number; onTimeout: 'fail' | 'continue' }
/** A pipeline as it stands. `ended` when it will not change any more. */
export type Pipeline = { runUrl: string | null; status: string; conclusion: string | null; ended: boolean; succeeded: boolean }
type Look = (memo: Memo) => Promise<{ memo: Memo; pipeline: Pipeline }>

export type Api = (method: 'GET' | 'POST', path: string, body?: Json, expected?: readonly number[]) => Promise<{ status: number; data: { [name: string]: Json } }>

const isObject = (value: Json): value is { [name: string]: Json } => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Calls of another system's API. @throws Problem `step_failed` on any answer that is none of 2xx and not one of `expected` */
export const createApi =
  ({ fetch, signal, remainingMs }: StepContext, base: string, auth: Record<string, string>): Api =>
  async (method, path, body, expected = []) => {
    const headers = new Headers({ accept: 'application/json', ...auth })
    if (body !== undefined) headers.set('content-type', 'application/json')
    const call = `${method} ${base}${path.split('?')[0]}`
    const timeout = AbortSignal.timeout(remainingMs())
    const request = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }), signal: AbortSignal.any([signal, timeout]) }
    try {
      // Redirects are never followed: the token would go along.
      const response = await fetch(`${base}${path}`, { ...request, redirect: 'manual' })
      const answer = await readAnswer(response)
      if (response.ok || expected.includes(response.status)) return { status: response.status, data: isObject(answer.data) ? answer.data : {} }
      const retryable = response.status >= 500 || response.status === 429
      throw problem('step_failed', `${call} answered ${response.status}.`, { retryable, details: { response: forError(answer, headers) } })
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof Problem) throw error
      if (timeout.aborted) throw problem('step_timeout', `${call} did not answer in time.`)
      throw problem('step_failed', `${call}: the answer broke off.`, { retryable: true, cause: error })
    }
  }

const shown = ({ runUrl, status, conclusion }: Pipeline) => ({ runUrl, status, conclusion })

const goOn = ({ now }: StepContext, { pollMs }: Dispatched, memo: Memo): StepResult => wait({ type: 'timer', until: new Date(now().getTime() + pollMs), memo })

/** After it was accepted. @param memo what finds it again */
export const accepted = (context: StepContext, config: Dispatched, memo: Memo, pipeline: Pipeline): StepResult => {
  context.log('INFO', `Accepted${pipeline.runUrl === null ? '' : `: ${pipeline.runUrl}`}.`)
  if (!config.reportStatus) return done(shown(pipeline))
  return goOn(context, config, { ...memo, ...shown(pipeline), startedAt: context.now().getTime() })
}

/** Looks how it goes. @throws Problem `step_failed` when it failed, which another attempt does not repeat; `external_timeout` */
export const lookAgain = async (context: StepContext, config: Dispatched, wake: Wake, what: string, look: Look): Promise<StepResult> => {
  // Whoever runs it may report its end as well.
  if (wake.type === 'external') return afterExternal(wake, config, what)
  if (wake.type !== 'timer' || !wake.memo) throw new Error(`What runs elsewhere cannot be ended by "${wake.type}".`)
  let { memo } = wake
  try {
    const found = await look(memo)
    const { pipeline } = found
    memo = { ...memo, ...found.memo, ...shown(pipeline) }
    if (pipeline.ended && pipeline.succeeded) return done(shown(pipeline))
    if (pipeline.ended) throw problem('step_failed', `${what} ended as ${pipeline.conclusion ?? pipeline.status}.`, { retryable: false, details: shown(pipeline) })
  } catch (error) {
    context.signal.throwIfAborted()
    // Another attempt would start it once more: what may pass is looked at again.
    if (error instanceof Problem && error.retryable === false) throw error
    context.log('WARN', `${what} could not be looked at: ${error instanceof Error ? error.message : 'unknown fault'}`)
  }
  if (context.now().getTime() - Number(memo.startedAt) >= config.timeoutMs) return afterTimeout(config, what)
  return goOn(context, config, memo)
}

export const textOf = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null)

/** What finds a pipeline again, as part of a path. @throws Problem `step_failed` when the other system gave nothing to find it by */
export const idIn = (value: Json | undefined): string => {
  if (typeof value === 'number' || typeof value === 'string') return encodeURIComponent(value)
  throw problem('step_failed', 'The other system did not say which run it started.', { retryable: false })
}
