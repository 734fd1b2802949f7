import { and, asc, eq, gt, lte, sql } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import type { Db, Query } from './open.ts'
import { entities, entityChanges, entityTimers, type EntityJson } from './schema.ts'

export type EntityRow = typeof entities.$inferSelect
export type EntityChange = typeof entityChanges.$inferSelect

/** What is known of an entity; what is not given stays as it is, and inside properties and relations too. */
export type EntityInput = {
  identifier: string
  title?: string | null | undefined
  icon?: string | null | undefined
  team?: string[] | undefined
  properties?: Record<string, unknown> | undefined
  relations?: Record<string, unknown> | undefined
}

export const toEntityJson = (row: EntityRow): EntityJson => ({
  identifier: row.identifier,
  title: row.title,
  icon: row.icon,
  blueprint: row.blueprint,
  team: row.team,
  properties: row.properties,
  relations: row.relations,
  createdAt: new Date(row.createdAt).toISOString(),
  createdBy: row.createdBy,
  updatedAt: new Date(row.updatedAt).toISOString(),
})

type Place = { org: string; blueprint: string; identifier: string }
type Stamp = { id: string; by: string | null; at: number }

const placeOf = ({ org, blueprint, identifier }: Place) => and(eq(entities.org, org), eq(entities.blueprint, blueprint), eq(entities.identifier, identifier))

/** A property set to null is taken away; one that is not named stays. */
const merge = (before: Record<string, unknown>, change: Record<string, unknown> | undefined): Record<string, unknown> =>
  Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== null && value !== undefined))

const isMoment = (value: unknown): value is string => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:?\d{2})$/.test(value) && !Number.isNaN(Date.parse(value))

/** Every property that is a moment to come is a timer. */
const setTimers = async (tx: Query, row: EntityRow, at: number): Promise<void> => {
  const { org, blueprint, identifier } = row
  await tx.delete(entityTimers).where(and(eq(entityTimers.org, org), eq(entityTimers.blueprint, blueprint), eq(entityTimers.identifier, identifier)))
  const timers = Object.entries(row.properties)
    .filter((entry): entry is [string, string] => isMoment(entry[1]) && Date.parse(entry[1]) > at)
    .map(([property, moment]) => ({ org, blueprint, identifier, property, dueAt: Date.parse(moment) }))
  if (timers.length > 0) await tx.insert(entityTimers).values(timers)
}

const sameEntity = (a: EntityRow, b: EntityRow): boolean => JSON.stringify({ ...a, updatedAt: 0 }) === JSON.stringify({ ...b, updatedAt: 0 })

/** Inside a transaction that the caller holds. @see upsertEntity */
export const upsertEntityIn = async (
  tx: Query,
  place: { org: string; blueprint: string },
  input: EntityInput,
  { id, by, at, replace = false }: Stamp & { replace?: boolean },
): Promise<{ entity: EntityJson; created: boolean; changed: boolean }> => {
  const where = { ...place, identifier: input.identifier }
  const [before] = await tx.select().from(entities).where(placeOf(where))
  const base = replace ? undefined : before
  const row: EntityRow = {
    id: before?.id ?? id,
    ...where,
    title: input.title === undefined ? (base?.title ?? null) : input.title,
    icon: input.icon === undefined ? (base?.icon ?? null) : input.icon,
    team: input.team ?? base?.team ?? [],
    properties: merge(base?.properties ?? {}, input.properties),
    relations: merge(base?.relations ?? {}, input.relations),
    createdBy: before ? before.createdBy : by,
    createdAt: before?.createdAt ?? at,
    updatedAt: at,
  }
  if (before && sameEntity(before, row)) return { entity: toEntityJson(before), created: false, changed: false }
  await tx
    .insert(entities)
    .values(row)
    .onConflictDoUpdate({ target: entities.id, set: row })
  await tx.insert(entityChanges).values({
    ...where,
    action: before ? 'UPDATE' : 'CREATE',
    before: before ? toEntityJson(before) : null,
    after: toEntityJson(row),
    at,
  })
  await setTimers(tx, row, at)
  return { entity: toEntityJson(row), created: !before, changed: true }
}

/**
 * Makes an entity, or changes one: what is not given stays. Nothing is written, and no event told, when nothing differs.
 * @param options.replace whether what is not given goes
 */
export const upsertEntity = (db: Db, place: { org: string; blueprint: string }, input: EntityInput, options: Stamp & { replace?: boolean }) =>
  db.write(async (tx) => upsertEntityIn(tx, place, input, options))

/** @throws Problem `not_found` */
export const getEntity = (db: Db, place: Place): Promise<EntityJson> =>
  db.read(async (query) => {
    const [row] = await query.select().from(entities).where(placeOf(place))
    if (!row) throw problem('not_found', `No entity ${place.identifier} of ${place.blueprint}.`)
    return toEntityJson(row)
  })

export const listEntities = (
  db: Db,
  { org, blueprint }: { org: string; blueprint: string },
  { limit, offset = 0 }: { limit: number; offset?: number | undefined },
): Promise<{ entities: EntityJson[]; total: number }> =>
  db.read(async (query) => {
    const where = and(eq(entities.org, org), eq(entities.blueprint, blueprint))
    const total = await query.$count(entities, where)
    const rows = await query.select().from(entities).where(where).orderBy(asc(entities.identifier)).limit(limit).offset(offset)
    return { entities: rows.map(toEntityJson), total }
  })

/** @throws Problem `not_found` */
export const deleteEntity = (db: Db, place: Place, at: number): Promise<void> =>
  db.write(async (tx) => {
    const [row] = await tx.select().from(entities).where(placeOf(place))
    if (!row) throw problem('not_found', `No entity ${place.identifier} of ${place.blueprint}.`)
    await tx.delete(entities).where(eq(entities.id, row.id))
    await tx.delete(entityTimers).where(and(eq(entityTimers.org, place.org), eq(entityTimers.blueprint, place.blueprint), eq(entityTimers.identifier, place.identifier)))
    await tx.insert(entityChanges).values({ ...place, action: 'DELETE', before: toEntityJson(row), after: null, at })
  })

/** The changes after `seq`, oldest first, at most `limit`. */
export const entityChangesAfter = (db: Db, seq: number, limit: number): Promise<EntityChange[]> =>
  db.read(async (query) => query.select().from(entityChanges).where(gt(entityChanges.seq, seq)).orderBy(asc(entityChanges.seq)).limit(limit))

/** Tells of the timers whose moment has come. @returns when the next is due, in milliseconds since 1970 */
export const expireEntityTimers = (db: Db, at: number): Promise<{ expired: number; nextAt: number | null }> =>
  db.write(async (tx) => {
    const due = await tx.select().from(entityTimers).where(lte(entityTimers.dueAt, at)).orderBy(asc(entityTimers.dueAt)).limit(1000)
    for (const { dueAt: _dueAt, ...timer } of due) {
      const [row] = await tx.select().from(entities).where(placeOf(timer))
      await tx.delete(entityTimers).where(and(eq(entityTimers.org, timer.org), eq(entityTimers.blueprint, timer.blueprint), eq(entityTimers.identifier, timer.identifier), eq(entityTimers.property, timer.property)))
      if (row) await tx.insert(entityChanges).values({ ...timer, action: 'TIMER_EXPIRED', before: toEntityJson(row), after: toEntityJson(row), at })
    }
    const [next] = await tx.select({ dueAt: sql<number | null>`min(${entityTimers.dueAt})` }).from(entityTimers)
    return { expired: due.length, nextAt: next?.dueAt ?? null }
  })
