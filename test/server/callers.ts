import { SignJWT } from 'jose'
import type { TestServer } from '../harness.ts'

/** Callers with credentials of their own, for servers started with `CALLERS`. */

const JWT_SECRET = 'a secret that only these tests know, and long enough'

/** The settings that make a server accept them. */
export const CALLERS = { JWT_SECRET }

type Claims = { sub: string; org?: string; role?: 'admin' | 'member' | 'viewer'; isMachine?: boolean; email?: string; teams?: string[] }

/** `call` of the harness, made by somebody. */
export const as = async (server: TestServer, { sub, org = 'acme', role = 'member', isMachine = false, ...more }: Claims) => {
  const token = await new SignJWT({ org, role, isMachine, ...more }).setProtectedHeader({ alg: 'HS256' }).setSubject(sub).setExpirationTime('1h').sign(new TextEncoder().encode(JWT_SECRET))
  const authorization = `Bearer ${token}`
  return {
    authorization,
    call: (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => server.call(method, path, body, { authorization, ...headers }),
  }
}
