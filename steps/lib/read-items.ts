import type { Locator, Page } from 'playwright-core'
import { problem } from '../../runner/model/problem.ts'
import { walkItems, walkMatches, type FieldAsk, type FieldSeen, type ItemsSeen } from './field-walk.ts'
import { toLocator } from './locate.ts'
import { lookUntil } from './look-until.ts'
import { nativeQuery } from './native-query.ts'
import { pageReader } from './page-reader.ts'
import { roughMs } from './rough-ms.ts'
import { describeTarget, selectorOf, type OneTarget, type Target } from './target.ts'

/** Reads fields from the page, or from each item of a list: one round trip, and one more for each field that only Playwright can find. */

export type FieldToRead = { target?: Target | undefined; attribute?: string | undefined; html?: boolean | undefined; boolean: boolean; optional: boolean }
/** Per field: what its element says; null where there is nothing; a fault where it cannot be told. */
export type Read = { text: string | null } | { fault: string; missing: boolean }
export type ReadItems = { lang: string; items: Read[][] }
type Options = { signal: AbortSignal; timeoutMs: number; matchedTarget?: (index: number) => void }

const items = pageReader(walkItems)
const matches = pageReader(walkMatches)

const isSelf = (target: OneTarget) => target === '.'
const targetsOf = ({ target }: FieldToRead): OneTarget[] => (target === undefined ? ['.'] : [target].flat())
const askOf = (field: FieldToRead): FieldAsk => ({
  attribute: field.attribute,
  html: field.html,
  boolean: field.boolean,
  queries: targetsOf(field).map((one) => (isSelf(one) ? 'self' : nativeQuery(one))),
})

/** Fills in what the browser's own selectors could not find. */
async function askEngine(fields: FieldToRead[], seen: ItemsSeen, locate: (target: OneTarget) => Locator, ofItems: boolean): Promise<ItemsSeen> {
  const isOpen = (at: number, alternative: number) => seen.items.some((item) => item[at]?.[alternative]?.count === null)
  const all = fields.flatMap((field, at) => targetsOf(field).map((target, alternative) => ({ field, at, target, alternative })))
  const open = all.filter(({ at, alternative }) => isOpen(at, alternative))
  for (const [index, { field, at, target, alternative }] of open.entries()) {
    const found = await matches.locator(locate(target), { field: askOf(field), ofItems, last: index === open.length - 1 })
    // Items that went away between the two looks: the next look sees the page as it is then.
    if (found.length !== seen.items.length) return { ...seen, count: 0, items: [] }
    for (const [number, item] of seen.items.entries()) item[at]?.splice(alternative, 1, found[number] ?? { count: 0 })
  }
  return seen
}

function pick(field: FieldToRead, seen: FieldSeen[]): Read {
  const only = seen.find(({ count }) => count === 1)
  if (only) return { text: only.value ?? null }
  const named = describeTarget(field.target ?? '.')
  const count = seen.length === 1 ? (seen[0]?.count ?? 0) : 0
  if (count > 1) return { fault: `${named} matches ${count} elements; point at one with "nth" or a narrower target`, missing: false }
  return field.optional ? { text: null } : { fault: `${named} was not found`, missing: true }
}

const pickAll = (fields: FieldToRead[], { lang, items: seen }: ItemsSeen): ReadItems => ({
  lang,
  items: seen.map((item) => fields.map((field, at) => pick(field, item[at] ?? []))),
})

const isMissing = (read: Read) => 'missing' in read && read.missing
const isFault = (read: Read) => 'fault' in read && !read.missing

/** Fields of the page, waiting until those that must be there are. @returns one item */
export async function readFields(page: Page, fields: FieldToRead[], options: Options): Promise<ReadItems> {
  const read = await lookUntil(
    async () => pickAll(fields, await askEngine(fields, await items.document(page, { fields: fields.map(askOf), limit: null }), (target) => toLocator(page, target), false)),
    (seen) => seen.items.some((item) => item.some(isFault) || !item.some(isMissing)),
    options,
  )
  return read ?? { lang: '', items: [fields.map((field) => pick(field, []))] }
}

/**
 * Fields of every item of a list, waiting until there is an item.
 * @param empty whether a list without items is one too; then it is read as it is
 * @throws Problem `step_timeout` when there is no item in time
 */
export async function readList(
  page: Page,
  { target, fields, limit, empty }: { target: Target; fields: FieldToRead[]; limit: number | null; empty: boolean },
  options: Options,
): Promise<ReadItems> {
  const asks = fields.map(askOf)
  const read = await lookUntil(
    async () => {
      for (const [index, one] of [target].flat().entries()) {
        const seen = await items.target(page, one, { fields: asks, limit })
        const all = await askEngine(fields, seen, (field) => toLocator(page, one).locator(selectorOf(field)), true)
        if (all.count > 0) return { index, ...pickAll(fields, all) }
      }
      return null
    },
    (seen) => seen !== null || empty,
    options,
  )
  if (read && Array.isArray(target)) options.matchedTarget?.(read.index)
  if (!read && !empty) throw problem('step_timeout', `${describeTarget(target)} was not found within ${roughMs(options.timeoutMs)} ms on ${page.url()}.`)
  return read ?? { lang: '', items: [] }
}
