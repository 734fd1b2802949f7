import type { Db } from '../db/open.ts'
import { problem } from '../runner/model/problem.ts'
import { isAccessToken, type AccessTokens } from './access-token.ts'
import { callerOfKey, isApiKey, readApiKey } from './api-key.ts'
import type { Caller } from './caller.ts'
import type { Config } from './config.ts'
import { createJwtCallers } from './jwt.ts'
import { createInternalCallers, type Incoming } from './trusted-network.ts'

/** Who calls. @throws Problem `not_authenticated`, `not_allowed`, or `unavailable` when the keys that check JWTs cannot be fetched */
export type Authenticate = (request: Incoming) => Promise<Caller>

/** What a 401 says in `WWW-Authenticate` (RFC 6750): whether credentials are missing, or were not accepted. */
export const challengeOf = ({ headers }: Pick<Incoming, 'headers'>): string => (headers.authorization === undefined ? 'Bearer' : 'Bearer error="invalid_token"')

/** Credentials that are given decide alone: a bad one is never made good by where the call comes from. */
export const createAuth = ({ config, db, now, accessTokens }: { config: Config; db: Db; now: () => number; accessTokens: AccessTokens }): { authenticate: Authenticate } => {
  const callerOfJwt = createJwtCallers(config, now)
  const internalCaller = createInternalCallers(config)
  return {
    authenticate: async (request) => {
      const { authorization } = request.headers
      if (authorization === undefined) return internalCaller(request)
      const token = /^Bearer +([^\s,]+) *$/i.exec(authorization)?.[1]
      if (token === undefined) throw problem('not_authenticated', 'The Authorization header must read "Bearer <API key or JWT>".')
      if (isApiKey(token)) return callerOfKey(await readApiKey(db, token, now()))
      return isAccessToken(token) ? accessTokens.callerOf(token) : callerOfJwt(token)
    },
  }
}
