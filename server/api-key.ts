import { createHash, randomBytes } from 'node:crypto'
import { findApiKey, type ApiKeyRow } from '../db/api-keys.ts'
import type { Db } from '../db/open.ts'
import { problem } from '../runner/model/problem.ts'
import type { Caller } from './caller.ts'

const PREFIX = 'er_'

/** Keys are 32 random bytes: a slow hash would protect nothing more. */
const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex')

/** A new key, and what is stored of it. */
export const newApiKey = (): { key: string; hash: string } => {
  const key = `${PREFIX}${randomBytes(32).toString('base64url')}`
  return { key, hash: hashOf(key) }
}

export const isApiKey = (token: string): boolean => token.startsWith(PREFIX)

export const callerOfKey = ({ org, id, role, isMachine }: ApiKeyRow): Caller => ({ kind: 'key', org, userId: id, role, isMachine })

/** @throws Problem `not_authenticated`, which does not tell a wrong key from a revoked one */
export const readApiKey = async (db: Db, key: string, now: number): Promise<ApiKeyRow> => {
  const found = await findApiKey(db, hashOf(key), now)
  if (!found) throw problem('not_authenticated', 'The API key is unknown, revoked or has expired.')
  return found
}
