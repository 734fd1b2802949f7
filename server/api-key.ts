import { createHash } from 'node:crypto'
import { nanoid } from 'nanoid'
import { findApiKey, type ApiKeyRow } from '../db/api-keys.ts'
import type { Db } from '../db/open.ts'
import { problem } from '../runner/model/problem.ts'
import type { Caller } from './caller.ts'

const PREFIX = 'er_'

/** At 6 random bits each, as many as 32 bytes hold: a slow hash of the key would protect nothing more. */
const KEY_CHARACTERS = 43

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex')

/** A new key, and what is stored of it. */
export const newApiKey = (): { key: string; hash: string } => {
  const key = `${PREFIX}${nanoid(KEY_CHARACTERS)}`
  return { key, hash: hashOf(key) }
}

export const isApiKey = (token: string): boolean => token.startsWith(PREFIX)

export const callerOfKey = ({ org, id, role, isMachine, person }: ApiKeyRow): Caller => ({ kind: 'key', org, userId: id, role, isMachine, ...(person === null ? {} : { person }) })

/** @throws Problem `not_authenticated`, which does not tell a wrong key from a revoked one */
export const readApiKey = async (db: Db, key: string, now: number): Promise<ApiKeyRow> => {
  const found = await findApiKey(db, hashOf(key), now)
  if (!found) throw problem('not_authenticated', 'The API key is unknown, revoked or has expired.')
  return found
}
