import { isDeepStrictEqual } from 'node:util'
import { and, asc, eq, gt, lte, sql } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import type { Followers } from './followers.ts'
import type { Db, Query } from './open.ts'
import { entities, entityChanges, entityTimers, type EntityJson } from './schema.ts'

export type EntityRow = typeof entities.$inferSelect
export type EntityChange = typeof entityChanges.$inferSelect

/** What followers of entity changes wait for, in the place of a run's id. */
export const ENTITY_CHANGES = 'entity-changes'

/** What is known of an entity; what is not given stays as it is, and inside properties and relations too. */
export type EntityInput = {
  identifier: string
  title?: string | null | undefined
  icon?: string | null | undefined
  team?: string[] | undefined
  properties?: Record<string, unknown> | undefined
  relations?: Record<string, unknown> | undefined
}

const toEntityJson = (row: EntityRow): EntityJson => ({
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

const timersOf = ({ org, blueprint, identifier }: Place) => and(eq(entityTimers.org, org), eq(entityTimers.blueprint, blueprint), eq(entityTimers.identifier, identifier))

const unknown = ({ blueprint, identifier }: Place) => problem('not_found', `No entity ${identifier} of ${blueprint}.`)

/** A property set to null is taken away; one that is not named stays. */
const merge = (before: Record<string, unknown>, change: Record<string, unknown> | undefined): Record<string, unknown> =>
  Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== null && value !== undefined))

const isMoment = (value: unknown): value is string => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:?\d{2})$/.test(value) && !Number.isNaN(Date.parse(value))

/** Every property that is a moment to come is a timer. One that stands as it stood keeps its timer, which may be due and not told of yet. */
const setTimers = async (tx: Query, before: EntityRow | undefined, row: EntityRow, at: number): Promise<void> => {
  const { org, blueprint, identifier } = row
  const differs = (property: string): boolean => before?.properties[property] !== row.properties[property]
  for (const property of Object.keys(before?.properties ?? {}).filter(differs)) await tx.delete(entityTimers).where(and(timersOf(row), eq(entityTimers.property, property)))
  const timers = Object.entries(row.properties)
    .filter((entry): entry is [string, string] => differs(entry[0]) && isMoment(entry[1]) && Date.parse(entry[1]) > at)
    .map(([property, moment]) => ({ org, blueprint, identifier, property, dueAt: Date.parse(moment) }))
  if (timers.length > 0) await tx.insert(entityTimers).values(timers)
}

/** Whether they say the same, in whatever order they name their properties. */
const sameEntity = (a: EntityRow, b: EntityRow): boolean => isDeepStrictEqual({ ...a, updatedAt: 0 }, { ...b, updatedAt: 0 })

/** As the store gives it back: without what JSON cannot say. */
const asStored = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

export type Upserted = { entity: EntityJson; created: boolean; changed: boolean }

type UpsertOptions = Stamp & {
  /** What happens where there is one already: what is given changes it, or takes its place whole, or it is a conflict. */
  existing?: 'merge' | 'replace' | 'conflict'
  /** What happens where there is none. */
  missing?: 'create' | 'not_found'
}

/**
 * Makes an entity, or changes one: what is not given stays, a property or relation given as null goes. Nothing is written, and no change told,
 * when nothing differs.
 * @throws Problem `conflict`, `not_found`, as the options ask
 */
export const upsertEntity = async (
  db: Db,
  followers: Followers,
  { org, blueprint }: { org: string; blueprint: string },
  input: EntityInput,
  { id, by, at, existing = 'merge', missing = 'create' }: UpsertOptions,
): Promise<Upserted> => {
  const place: Place = { org, blueprint, identifier: input.identifier }
  const upserted = await db.write(async (tx): Promise<Upserted> => {
    const [before] = await tx.select().from(entities).where(placeOf(place))
    if (before && existing === 'conflict') throw problem('conflict', `There is an entity ${place.identifier} of ${blueprint} already.`)
    if (!before && missing === 'not_found') throw unknown(place)
    const base = existing === 'merge' ? before : undefined
    const row: EntityRow = {
      id: before?.id ?? id,
      ...place,
      title: input.title === undefined ? (base?.title ?? null) : input.title,
      icon: input.icon === undefined ? (base?.icon ?? null) : input.icon,
      team: input.team ?? base?.team ?? [],
      properties: asStored(merge(base?.properties ?? {}, input.properties)),
      relations: asStored(merge(base?.relations ?? {}, input.relations)),
      createdBy: before ? before.createdBy : by,
      createdAt: before?.createdAt ?? at,
      updatedAt: at,
    }
    if (before && sameEntity(before, row)) return { entity: toEntityJson(before), created: false, changed: false }
    await tx.insert(entities).values(row).onConflictDoUpdate({ target: entities.id, set: row })
    await tx.insert(entityChanges).values({ ...place, action: before ? 'UPDATE' : 'CREATE', before: before ? toEntityJson(before) : null, after: toEntityJson(row), at })
    await setTimers(tx, before, row, at)
    return { entity: toEntityJson(row), created: !before, changed: true }
  })
  if (upserted.changed) followers.wake(ENTITY_CHANGES)
  return upserted
}

/** @throws Problem `not_found` */
export const getEntity = (db: Db, place: Place): Promise<EntityJson> =>
  db.read(async (query) => {
    const [row] = await query.select().from(entities).where(placeOf(place))
    if (!row) throw unknown(place)
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
export const deleteEntity = async (db: Db, followers: Followers, place: Place, at: number): Promise<void> => {
  await db.write(async (tx) => {
    const [row] = await tx.select().from(entities).where(placeOf(place))
    if (!row) throw unknown(place)
    await tx.delete(entities).where(eq(entities.id, row.id))
    await tx.delete(entityTimers).where(timersOf(row))
    const { org, blueprint, identifier } = row
    await tx.insert(entityChanges).values({ org, blueprint, identifier, action: 'DELETE', before: toEntityJson(row), after: null, at })
  })
  followers.wake(ENTITY_CHANGES)
}

/** The changes after `seq`, oldest first, at most `limit`. */
export const entityChangesAfter = (db: Db, seq: number, limit: number): Promise<EntityChange[]> =>
  db.read(async (query) => query.select().from(entityChanges).where(gt(entityChanges.seq, seq)).orderBy(asc(entityChanges.seq)).limit(limit))

/** Tells of the timers whose moment has come, at most a thousand. @returns when the next is due, in milliseconds since 1970 */
export const expireEntityTimers = (db: Db, at: number): Promise<{ expired: number; nextAt: number | null }> =>
  db.write(async (tx) => {
    const due = await tx.select().from(entityTimers).where(lte(entityTimers.dueAt, at)).orderBy(asc(entityTimers.dueAt)).limit(1000)
    for (const { dueAt: _dueAt, ...timer } of due) {
      const [row] = await tx.select().from(entities).where(placeOf(timer))
      await tx.delete(entityTimers).where(and(timersOf(timer), eq(entityTimers.property, timer.property)))
      if (row) await tx.insert(entityChanges).values({ ...timer, action: 'TIMER_EXPIRED', before: toEntityJson(row), after: toEntityJson(row), at })
    }
    const [next] = await tx.select({ dueAt: sql<number | null>`min(${entityTimers.dueAt})` }).from(entityTimers)
    return { expired: due.length, nextAt: next?.dueAt ?? null }
  })
