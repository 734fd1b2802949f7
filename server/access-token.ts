import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose'
import { hkdfSync } from 'node:crypto'
import { findApiKeyById, type ApiKeyRow } from '../db/api-keys.ts'
import type { Db } from '../db/open.ts'
import { problem } from '../runner/model/problem.ts'
import { callerOfKey } from './api-key.ts'
import type { Caller } from './caller.ts'

/** Short-lived tokens that an API key is exchanged for, as clients of Port do. They say which key it was, and nothing that the key does not say better. */
export type AccessTokens = {
  issue(key: ApiKeyRow): Promise<{ accessToken: string; expiresIn: number }>
  /** @throws Problem `not_authenticated`, also when the key is revoked since */
  callerOf(token: string): Promise<Caller>
}

const VALID_S = 3600
const KID = 'errand-access-token'

/** Whether a token says that it is one of these; whether it is, its signature says. */
export const isAccessToken = (token: string): boolean => {
  try {
    return decodeProtectedHeader(token).kid === KID
  } catch {
    return false
  }
}

/** @param key the server's key; tokens are signed with one of their own from it (RFC 5869) */
export const createAccessTokens = ({ key, db, now }: { key: Buffer; db: Db; now: () => number }): AccessTokens => {
  const secret = new Uint8Array(hkdfSync('sha256', key, '', 'errand access tokens', 32))
  return {
    issue: async ({ id }) => {
      const issuedAt = Math.floor(now() / 1000)
      const accessToken = await new SignJWT().setProtectedHeader({ alg: 'HS256', kid: KID }).setSubject(id).setIssuedAt(issuedAt).setExpirationTime(issuedAt + VALID_S).sign(secret)
      return { accessToken, expiresIn: VALID_S }
    },
    callerOf: async (token) => {
      const { payload } = await jwtVerify(token, secret, { algorithms: ['HS256'], requiredClaims: ['sub', 'exp'], currentDate: new Date(now()) }).catch((error: unknown) => {
        throw problem('not_authenticated', error instanceof errors.JWTExpired ? 'The access token has expired.' : 'The access token is not valid.', { cause: error })
      })
      const found = await findApiKeyById(db, payload.sub ?? '', now())
      if (!found) throw problem('not_authenticated', 'The API key of this access token is revoked or has expired.')
      return callerOfKey(found)
    },
  }
}
