import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify, type JWTVerifyOptions, type JWTVerifyResult } from 'jose'
import { z } from 'zod'
import { problem, type Problem } from '../runner/model/problem.ts'
import { ROLES, type Caller } from './caller.ts'
import type { Config } from './config.ts'

type Settings = Pick<Config, 'JWT_SECRET' | 'JWT_JWKS_URL' | 'JWT_ISSUER' | 'JWT_AUDIENCE'>

/** Signatures made with a private key. The shared secret never checks one of these, nor a key of the set the other kind. */
const PUBLIC_KEY_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
const SHARED_SECRET_ALGORITHMS = ['HS256']

/** How far the clocks of two machines may be apart. */
const TOLERANCE_S = 5

const name = z.string().min(1).max(255)

/**
 * `org` must be named: a token of an issuer that knows no orgs is not to fall into whichever org comes first. Who has no role may read; a
 * machine is a member, as machines are.
 */
const claimsSchema = z.object({ sub: name, org: name, role: z.enum(ROLES).optional(), isMachine: z.boolean().default(false), email: name.optional(), teams: z.array(name).max(1000).optional() })

const refused = (message: string, cause?: unknown): Problem => problem('not_authenticated', message, { cause })

const algorithmOf = (token: string): string => {
  try {
    return decodeProtectedHeader(token).alg ?? ''
  } catch (error) {
    throw refused('The bearer token is neither an API key nor a JWT.', error)
  }
}

/** Faults of the token are the caller's; a key set that cannot be had is nobody's who calls. */
const toRefusal = (error: unknown): Problem => {
  if (error instanceof errors.JWTExpired) return refused('The JWT has expired.', error)
  if (error instanceof errors.JWTClaimValidationFailed) return refused(`The JWT's claim "${error.claim}" is missing or not accepted.`, error)
  if (error instanceof errors.JWKSNoMatchingKey) return refused('The JWT is signed with a key that JWT_JWKS_URL does not hold.', error)
  if (error instanceof errors.JWKSMultipleMatchingKeys) return refused('The JWT does not name the key it is signed with (kid).', error)
  const ofToken = [errors.JWSInvalid, errors.JWTInvalid, errors.JWSSignatureVerificationFailed, errors.JOSEAlgNotAllowed, errors.JOSENotSupported]
  if (ofToken.some((type) => error instanceof type)) return refused('The JWT is not valid.', error)
  return problem('unavailable', 'The keys that check JWTs cannot be had just now.', { cause: error })
}

const toCaller = (payload: unknown): Caller => {
  const read = claimsSchema.safeParse(payload)
  if (!read.success) throw refused(`The JWT's claim "${read.error.issues[0]?.path.join('.')}" is missing or not accepted.`)
  const { sub, org, isMachine, role = isMachine ? 'member' : 'viewer', email, teams } = read.data
  return { kind: 'user', org, userId: sub, role, isMachine, ...(email === undefined ? {} : { email }), ...(teams === undefined ? {} : { teams }) }
}

/**
 * Who a JWT says is calling: HS256 with `JWT_SECRET`, or a public key of `JWT_JWKS_URL`.
 * @param now milliseconds since 1970
 * @returns a function that throws Problem `not_authenticated`, or `unavailable` when the key set cannot be fetched
 */
export const createJwtCallers = (config: Settings, now: () => number): ((token: string) => Promise<Caller>) => {
  const secret = config.JWT_SECRET === undefined ? null : new TextEncoder().encode(config.JWT_SECRET)
  const keySet = config.JWT_JWKS_URL === undefined ? null : createRemoteJWKSet(new URL(config.JWT_JWKS_URL))
  const options = (algorithms: string[]): JWTVerifyOptions => ({
    algorithms,
    requiredClaims: ['exp'],
    clockTolerance: TOLERANCE_S,
    currentDate: new Date(now()),
    ...(config.JWT_ISSUER === undefined ? {} : { issuer: config.JWT_ISSUER }),
    ...(config.JWT_AUDIENCE === undefined ? {} : { audience: config.JWT_AUDIENCE }),
  })
  const verify = (token: string): Promise<JWTVerifyResult> => {
    const algorithm = algorithmOf(token)
    if (secret && SHARED_SECRET_ALGORITHMS.includes(algorithm)) return jwtVerify(token, secret, options(SHARED_SECRET_ALGORITHMS))
    if (keySet && PUBLIC_KEY_ALGORITHMS.includes(algorithm)) return jwtVerify(token, keySet, options(PUBLIC_KEY_ALGORITHMS))
    throw refused(secret || keySet ? 'JWTs signed in this way are not accepted here.' : 'JWTs are not accepted here: no JWT_SECRET or JWT_JWKS_URL is set.')
  }
  return async (token) => {
    const verified = await verify(token).catch((error: unknown) => {
      throw toRefusal(error)
    })
    return toCaller(verified.payload)
  }
}
