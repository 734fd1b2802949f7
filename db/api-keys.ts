import { and, desc, eq } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import type { Db } from './open.ts'
import { apiKeys } from './schema.ts'

export type ApiKeyRow = typeof apiKeys.$inferSelect

/** @param key.person null when it is not given */
export const createApiKey = (db: Db, key: Omit<ApiKeyRow, 'revokedAt' | 'person'> & Partial<Pick<ApiKeyRow, 'person'>>): Promise<void> =>
  db.write(async (tx) => {
    await tx.insert(apiKeys).values({ person: null, ...key, revokedAt: null })
  })

const isLive = ({ revokedAt, expiresAt }: ApiKeyRow, at: number): boolean => revokedAt === null && (expiresAt === null || expiresAt > at)

/** The key with this hash, unless it is revoked or has expired. */
export const findApiKey = (db: Db, hash: string, at: number): Promise<ApiKeyRow | null> =>
  db.read(async (query) => {
    const [found] = await query.select().from(apiKeys).where(eq(apiKeys.hash, hash))
    return found && isLive(found, at) ? found : null
  })

/** The key of this id, unless it is revoked or has expired. */
export const findApiKeyById = (db: Db, id: string, at: number): Promise<ApiKeyRow | null> =>
  db.read(async (query) => {
    const [found] = await query.select().from(apiKeys).where(eq(apiKeys.id, id))
    return found && isLive(found, at) ? found : null
  })

export const listApiKeys = (db: Db, org: string): Promise<ApiKeyRow[]> =>
  db.read(async (query) => query.select().from(apiKeys).where(eq(apiKeys.org, org)).orderBy(desc(apiKeys.id)))

/** @throws Problem `not_found` */
export const revokeApiKey = (db: Db, org: string, id: string, at: number): Promise<void> =>
  db.write(async (tx) => {
    const revoked = await tx
      .update(apiKeys)
      .set({ revokedAt: at })
      .where(and(eq(apiKeys.org, org), eq(apiKeys.id, id)))
      .returning({ id: apiKeys.id })
    if (revoked.length === 0) throw problem('not_found', `No API key ${id}.`)
  })
