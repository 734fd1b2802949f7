import type { NativeQuery } from './native-query.ts'
import type { PageTools } from './page-tools.ts'

/** What to read: the alternatives of its target, each null when only Playwright's engine can find it; `self` is the item. */
export type FieldAsk = { queries: (NativeQuery | 'self' | null)[]; attribute?: string | undefined; html?: boolean | undefined; boolean?: boolean | undefined }
/** How many elements matched (null: ask the engine), and what the one that did says. */
export type FieldSeen = { count: number | null; value?: string | null }
export type ItemsSeen = { count: number; lang: string; items: FieldSeen[][][] }

/** Runs in the page: what each field says in each item, by item, field and alternative. */
export function walkItems(
  elements: (Element | Document)[],
  { fields, limit }: { fields: FieldAsk[]; limit: number | null },
  { find, valueOf }: PageTools,
): ItemsSeen {
  const items = limit === null ? elements : elements.slice(0, limit)
  const see = (item: Element | Document, field: FieldAsk, query: NativeQuery | 'self' | null): FieldSeen => {
    const found = query === 'self' ? [item] : query === null ? null : find(item, query)
    const [only] = found ?? []
    return { count: found?.length ?? null, ...(found?.length === 1 && only instanceof Element ? { value: valueOf(only, field) } : {}) }
  }
  const seen = items.map((item) => fields.map((field) => field.queries.map((query) => see(item, field, query))))
  // For `walkMatches`, which gets elements and must know whose they are.
  if (seen.some((item) => item.some((field) => field.some(({ count }) => count === null)))) Object.assign(globalThis, { [Symbol.for('errand.items')]: items })
  return { count: elements.length, lang: document.documentElement.lang, items: seen }
}

/**
 * Runs in the page: what one field says in each item, where Playwright's engine found the elements; in the order of the items `walkItems` saw,
 * which it forgets after the `last` field.
 */
export function walkMatches(
  elements: (Element | Document)[],
  { field, ofItems, last }: { field: FieldAsk; ofItems: boolean; last: boolean },
  { valueOf }: PageTools,
): FieldSeen[] {
  const kept = globalThis as { [key: symbol]: unknown }
  const items = ofItems ? ((kept[Symbol.for('errand.items')] ?? []) as Node[]) : [document]
  if (last) delete kept[Symbol.for('errand.items')]
  const isWithin = (node: Node | null, item: Node): boolean => {
    for (let at = node; at !== null; at = at instanceof ShadowRoot ? at.host : at.parentNode) if (at === item) return true
    return false
  }
  return items.map((item) => {
    const found = elements.filter((element) => isWithin(element, item))
    const [only] = found
    return { count: found.length, ...(found.length === 1 && only instanceof Element ? { value: valueOf(only, field) } : {}) }
  })
}
