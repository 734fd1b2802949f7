import type { Request, Response } from 'express'
import { ipKeyGenerator, MemoryStore, rateLimit } from 'express-rate-limit'
import { Problem, problem } from '../runner/model/problem.ts'
import type { Caller } from './caller.ts'
import type { Config } from './config.ts'
import { createAddressOf } from './trusted-network.ts'

const WINDOW_MS = 60_000

/** Failed authentications a minute that one address may make: more than a client with a stale token does, less than guessing needs. */
const FAILURES_PER_MINUTE = 60

/** `Retry-After` stands on the response by then. */
const tooMany = (message: string, response: Response): Problem =>
  problem('rate_limited', message, { details: { retryAfterMs: Number(response.getHeader('Retry-After')) * 1000 }, retryable: true })

/** Counts a call against its caller's rate, and says in `RateLimit-*` how much is left. @throws Problem `rate_limited` */
export type RateLimit = (request: Request, response: Response, caller: Caller) => Promise<void>

/** Internal callers are not limited. What several keys of one org do counts for each key alone. */
export const createRateLimit = ({ RATE_LIMIT_PER_MINUTE }: Pick<Config, 'RATE_LIMIT_PER_MINUTE'>): RateLimit => {
  const callers = new WeakMap<Request, Caller>()
  const middleware = rateLimit({
    windowMs: WINDOW_MS,
    limit: RATE_LIMIT_PER_MINUTE,
    standardHeaders: 'draft-6',
    legacyHeaders: false,
    // They look for callers told apart by address; ours are told apart by who they are.
    validate: false,
    keyGenerator: (request) => {
      const caller = callers.get(request)
      return JSON.stringify([caller?.kind, caller?.org, caller?.userId])
    },
    handler: (_request, response, next) => {
      next(tooMany(`More than ${RATE_LIMIT_PER_MINUTE} calls in a minute.`, response))
    },
  })
  return async (request, response, caller) => {
    if (caller.kind === 'internal' || RATE_LIMIT_PER_MINUTE === 0) return
    callers.set(request, caller)
    await new Promise<void>((resolve, reject) => {
      const next = (error?: unknown): void => (error instanceof Error ? reject(error) : resolve())
      void Promise.resolve(middleware(request, response, next)).catch(reject)
    })
  }
}

/**
 * Bounds guessing at credentials: after too many failures from one address (or IPv6 /56), credentials from there are not even looked at until
 * the minute is over. Calls that bring none are judged as ever, so that what a neighbour does shuts no internal caller out.
 */
export type FailureLimit = <T>(request: Request, response: Response, authenticate: () => Promise<T>, options?: { /** Whether the call brings credentials; those of its header when not given. */ brings?: boolean }) => Promise<T>

export const createFailureLimit = (config: Pick<Config, 'TRUST_PROXY'>, limit = FAILURES_PER_MINUTE): FailureLimit => {
  const addressOf = createAddressOf(config)
  const failures = new MemoryStore()
  failures.init({ windowMs: WINDOW_MS } as Parameters<MemoryStore['init']>[0])
  const refuse = (response: Response, resetTime: Date | undefined): Problem => {
    const leftMs = resetTime ? resetTime.getTime() - Date.now() : WINDOW_MS
    response.setHeader('Retry-After', String(Math.max(1, Math.ceil(leftMs / 1000))))
    return tooMany('Too many failed authentications from this address.', response)
  }
  return async (request, response, authenticate, { brings = request.headers.authorization !== undefined } = {}) => {
    const address = addressOf(request)
    const key = address === '' ? '' : ipKeyGenerator(address)
    if (brings) {
      const seen = await failures.get(key)
      if (seen && seen.totalHits >= limit) throw refuse(response, seen.resetTime)
    }
    try {
      return await authenticate()
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'not_authenticated') throw error
      const { totalHits, resetTime } = await failures.increment(key)
      throw totalHits > limit ? refuse(response, resetTime) : error
    }
  }
}
