import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { z } from 'zod'
import type { Step } from '../steps/lib/step.ts'

/** The step types: every file in a room of `steps/` is one, named as the file. */
export type Catalog = ReadonlyMap<string, Step>

export const ROOMS = ['triggers', 'control', 'browser', 'integrations'] as const
export type Room = (typeof ROOMS)[number]
const STEPS = fileURLToPath(new URL('../steps', import.meta.url))

/** `wait-for.ts` is `WAIT_FOR`. */
const typeOf = (file: string): string => basename(file).replace(/\.[jt]s$/, '').replaceAll('-', '_').toUpperCase()

const filesOf = (room: Room): string[] =>
  readdirSync(join(STEPS, room))
    .filter((name) => /\.[jt]s$/.test(name))
    .map((name) => join(STEPS, room, name))

export const loadCatalog = async (): Promise<Catalog> => {
  const entries = await Promise.all(
    ROOMS.flatMap(filesOf).map(async (file): Promise<[string, Step]> => {
      const module = (await import(pathToFileURL(file).href)) as { default: Step }
      return [typeOf(file), module.default]
    }),
  )
  return new Map(entries.sort(([a], [b]) => a.localeCompare(b)))
}

/** What forms and docs need to know of each type. `config` is JSON Schema of what is written, templates aside. */
export const stepTypes = (catalog: Catalog) => {
  const rooms = new Map(ROOMS.flatMap((room) => filesOf(room).map((file): [string, Room] => [typeOf(file), room])))
  return [...catalog].map(([type, { kind = 'step', summary, config }]) => {
    const { $schema: _dialect, ...schema } = z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' })
    return { type, kind, room: rooms.get(type) ?? ('control' as const), summary, config: schema }
  })
}

/** The known type that looks most like `type`, for a fault that helps; null when none is near. */
export const nearestType = (catalog: Catalog, type: string): string | null => {
  const wanted = type.toUpperCase().replaceAll(/[-\s]/g, '_')
  const scored = [...catalog.keys()].map((known) => ({ known, distance: distance(wanted, known) }))
  const best = scored.reduce<{ known: string; distance: number } | null>((a, b) => (a && a.distance <= b.distance ? a : b), null)
  return best && best.distance <= Math.max(2, Math.floor(best.known.length / 3)) ? best.known : null
}

/** Levenshtein's edit distance, one row at a time. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]!
}
