import { afterEach, beforeEach, expect, test } from 'vitest'
import { deleteEntity, ENTITY_CHANGES, entityChangesAfter, expireEntityTimers, getEntity, listEntities, upsertEntity, type EntityInput } from '../../db/entities.ts'
import { openStore, type Store } from '../store.ts'

let store: Store
beforeEach(async () => {
  store = await openStore()
})
afterEach(() => store[Symbol.asyncDispose]())

const place = { org: 'default', blueprint: 'employee' }
const T0 = Date.parse('2026-01-01T00:00:00.000Z')
const upsert = (input: EntityInput, options: Partial<Parameters<typeof upsertEntity>[4]> = {}, where = place) =>
  upsertEntity(store.db, store.followers, where, input, { id: store.newId(), by: 'u1', at: T0, ...options })
const changes = async () => (await entityChangesAfter(store.db, 0, 100)).map(({ action, identifier, property, before, after }) => ({ action, identifier, property, before: before?.properties, after: after?.properties }))

test('a new entity is created once, and told of once', async () => {
  const first = await upsert({ identifier: 'e1', title: 'Ada', properties: { dept: 'Sales' } })
  expect(first).toEqual({
    created: true,
    changed: true,
    entity: { identifier: 'e1', title: 'Ada', icon: null, blueprint: 'employee', team: [], properties: { dept: 'Sales' }, relations: {}, createdAt: '2026-01-01T00:00:00.000Z', createdBy: 'u1', updatedAt: '2026-01-01T00:00:00.000Z' },
  })
  const second = await upsert({ identifier: 'e1', title: 'Ada', properties: { dept: 'Sales' } }, { at: T0 + 5, by: 'u2' })
  expect(second).toEqual({ created: false, changed: false, entity: first.entity })
  expect(await changes()).toEqual([{ action: 'CREATE', identifier: 'e1', property: null, before: undefined, after: { dept: 'Sales' } }])
})

test('what is not given stays, what is null goes, and the change holds before and after', async () => {
  await upsert({ identifier: 'e1', title: 'Ada', icon: 'User', team: ['a'], properties: { dept: 'Sales', desk: 4 }, relations: { boss: 'e2' } })
  const { entity, created, changed } = await upsert({ identifier: 'e1', properties: { desk: null, floor: 2 } }, { at: T0 + 5, by: 'u2' })
  expect({ created, changed }).toEqual({ created: false, changed: true })
  expect(entity).toMatchObject({ title: 'Ada', icon: 'User', team: ['a'], properties: { dept: 'Sales', floor: 2 }, relations: { boss: 'e2' }, createdBy: 'u1', updatedAt: '2026-01-01T00:00:00.005Z' })
  expect((await changes())[1]).toEqual({ action: 'UPDATE', identifier: 'e1', property: null, before: { dept: 'Sales', desk: 4 }, after: { dept: 'Sales', floor: 2 } })
})

test('replacing takes away what is not given', async () => {
  await upsert({ identifier: 'e1', title: 'Ada', properties: { a: 1, b: 2 } })
  const { entity } = await upsert({ identifier: 'e1', properties: { b: 2 } }, { existing: 'replace' })
  expect(entity).toMatchObject({ title: null, properties: { b: 2 } })
})

test.each(['merge', 'replace'] as const)('the same in another order is no change (%s), nor is what JSON cannot tell apart', async (existing) => {
  await upsert({ identifier: 'e1', properties: { a: { x: 1, y: [2] }, b: 0 } })
  expect((await upsert({ identifier: 'e1', properties: { b: -0, a: { y: [2], x: 1, z: undefined } } }, { existing })).changed).toBe(false)
  expect((await upsert({ identifier: 'e1', properties: { b: 0, a: { x: 1, y: [2, 3] } } }, { existing })).changed).toBe(true)
})

test('an org and a blueprint are worlds of their own', async () => {
  await upsert({ identifier: 'e1' })
  expect((await upsert({ identifier: 'e1' }, {}, { blueprint: 'invoice', org: 'default' })).created).toBe(true)
  expect((await upsert({ identifier: 'e1' }, {}, { ...place, org: 'other' })).created).toBe(true)
  expect((await listEntities(store.db, place, { limit: 10 })).total).toBe(1)
  await deleteEntity(store.db, store.followers, { ...place, identifier: 'e1' }, T0)
  expect((await getEntity(store.db, { ...place, org: 'other', identifier: 'e1' })).identifier).toBe('e1')
})

test('a conflict, or nothing to change, writes nothing', async () => {
  await upsert({ identifier: 'e1' })
  await expect(upsert({ identifier: 'e1', title: 'x' }, { existing: 'conflict' })).rejects.toMatchObject({ code: 'conflict' })
  await expect(upsert({ identifier: 'e2' }, { missing: 'not_found' })).rejects.toMatchObject({ code: 'not_found' })
  await expect(deleteEntity(store.db, store.followers, { ...place, identifier: 'e2' }, T0)).rejects.toMatchObject({ code: 'not_found' })
  expect(await changes()).toHaveLength(1)
})

test('many at once lose nothing: one creates, the others find it', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, (_, index) => upsert({ identifier: 'e1', properties: { [`p${index}`]: index } })))
  expect(all.filter(({ created }) => created)).toHaveLength(1)
  expect(Object.keys((await getEntity(store.db, { ...place, identifier: 'e1' })).properties)).toHaveLength(20)
  expect(await changes()).toHaveLength(20)
})

test('followers are woken after a change, and only then', async () => {
  const woken: string[] = []
  const followers = { ...store.followers, wake: (name: string) => void woken.push(name) }
  const change = (title: string) => upsertEntity(store.db, followers, place, { identifier: 'e1', title }, { id: store.newId(), by: null, at: T0 })
  await change('a')
  await change('a')
  expect(woken).toEqual([ENTITY_CHANGES])
  await change('b')
  await deleteEntity(store.db, followers, { ...place, identifier: 'e1' }, T0)
  expect(woken).toEqual([ENTITY_CHANGES, ENTITY_CHANGES, ENTITY_CHANGES])
})

const at = (ms: number) => new Date(T0 + ms).toISOString()

test('a moment in a property is told of when it comes, once', async () => {
  await upsert({ identifier: 'e1', properties: { ends: at(100), past: at(-100), day: '2026-02-02', note: 'soon' } })
  expect(await expireEntityTimers(store.db, T0 + 99)).toEqual({ expired: 0, nextAt: T0 + 100 })
  expect(await expireEntityTimers(store.db, T0 + 100)).toEqual({ expired: 1, nextAt: null })
  expect(await expireEntityTimers(store.db, T0 + 200)).toEqual({ expired: 0, nextAt: null })
  expect((await changes()).slice(1)).toMatchObject([{ action: 'TIMER_EXPIRED', identifier: 'e1', property: 'ends', before: { ends: at(100) }, after: { ends: at(100) } }])
})

test('a timer moves with its property, and goes with it', async () => {
  await upsert({ identifier: 'e1', properties: { ends: at(100), other: at(300) } })
  await upsert({ identifier: 'e1', properties: { ends: at(200) } })
  expect(await expireEntityTimers(store.db, T0 + 150)).toEqual({ expired: 0, nextAt: T0 + 200 })
  await upsert({ identifier: 'e1', properties: { ends: null } })
  expect(await expireEntityTimers(store.db, T0 + 250)).toEqual({ expired: 0, nextAt: T0 + 300 })
  await deleteEntity(store.db, store.followers, { ...place, identifier: 'e1' }, T0)
  expect(await expireEntityTimers(store.db, T0 + 400)).toEqual({ expired: 0, nextAt: null })
})

test('a change of something else takes no timer away that is due and not told of yet', async () => {
  await upsert({ identifier: 'e1', properties: { ends: at(100) } })
  await upsert({ identifier: 'e1', properties: { desk: 5 } }, { at: T0 + 150 })
  expect((await expireEntityTimers(store.db, T0 + 160)).expired).toBe(1)
})
