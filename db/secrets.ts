import { and, asc, eq, getTableColumns, inArray } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import type { Db } from './open.ts'
import { secrets, sessions } from './schema.ts'

export type SecretRow = typeof secrets.$inferSelect
/** What may be told of a secret. */
export type SecretFacts = Omit<SecretRow, 'sealed'>

const { sealed: _value, ...facts } = getTableColumns(secrets)

/** Stores a value in the place of the one before, if there was one. */
export const putSecret = (db: Db, { org, name, sealed, by, at }: { org: string; name: string; sealed: Buffer; by: string | null; at: number }): Promise<{ secret: SecretFacts; created: boolean }> =>
  db.write(async (tx) => {
    const where = and(eq(secrets.org, org), eq(secrets.name, name))
    const [before] = await tx.select(facts).from(secrets).where(where)
    if (before) await tx.update(secrets).set({ sealed, updatedBy: by, updatedAt: at }).where(where)
    else await tx.insert(secrets).values({ org, name, sealed, createdBy: by, updatedBy: by, createdAt: at, updatedAt: at })
    // A login that failed may have wanted just that.
    await tx.update(sessions).set({ failedAt: null, failure: null }).where(eq(sessions.org, org))
    const [secret] = await tx.select(facts).from(secrets).where(where)
    return { secret: secret!, created: !before }
  })

/** @throws Problem `not_found` */
export const getSecret = (db: Db, org: string, name: string): Promise<SecretFacts> =>
  db.read(async (query) => {
    const [found] = await query.select(facts).from(secrets).where(and(eq(secrets.org, org), eq(secrets.name, name)))
    if (!found) throw problem('not_found', `No secret ${name}.`)
    return found
  })

/** By name. */
export const listSecrets = (db: Db, org: string, { limit, offset }: { limit: number; offset: number }): Promise<{ secrets: SecretFacts[]; total: number }> =>
  db.read(async (query) => ({
    secrets: await query.select(facts).from(secrets).where(eq(secrets.org, org)).orderBy(asc(secrets.name)).limit(limit).offset(offset),
    total: await query.$count(secrets, eq(secrets.org, org)),
  }))

/** @throws Problem `not_found` */
export const deleteSecret = (db: Db, org: string, name: string): Promise<void> =>
  db.write(async (tx) => {
    const gone = await tx
      .delete(secrets)
      .where(and(eq(secrets.org, org), eq(secrets.name, name)))
      .returning({ name: secrets.name })
    if (gone.length === 0) throw problem('not_found', `No secret ${name}.`)
  })

/** The values, sealed, of those that are there. @param names all of the org's when null */
export const readSecrets = (db: Db, org: string, names: readonly string[] | null): Promise<{ name: string; sealed: Buffer }[]> =>
  db.read(async (query) =>
    query
      .select({ name: secrets.name, sealed: secrets.sealed })
      .from(secrets)
      .where(and(eq(secrets.org, org), names ? inArray(secrets.name, [...names]) : undefined)),
  )
