import { applyEdits, findNodeAtLocation, modify, parse, parseTree, type JSONPath } from 'jsonc-parser'
import { isObject } from '../is-object.ts'

/**
 * Changes JSON that somebody has written without writing the rest of it anew: the order, the blanks and the lines that are theirs stay.
 */

const FORMAT = { formattingOptions: { tabSize: 2, insertSpaces: true, eol: '\n' } }

type Change = { path: JSONPath; value: unknown; isInserted?: boolean }

const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

const commonEnds = (before: readonly unknown[], after: readonly unknown[]): [first: number, last: number] => {
  const shorter = Math.min(before.length, after.length)
  let first = 0
  while (first < shorter && same(before[first], after[first])) first++
  let last = 0
  while (last < shorter - first && same(before[before.length - 1 - last], after[after.length - 1 - last])) last++
  return [first, last]
}

const listChanges = (before: readonly unknown[], after: readonly unknown[], path: JSONPath): Change[] => {
  const [first, last] = commonEnds(before, after)
  const old = before.slice(first, before.length - last)
  const fresh = after.slice(first, after.length - last)
  const both = Math.min(old.length, fresh.length)
  return [
    ...old.slice(0, both).flatMap((value, index) => changesBetween(value, fresh[index], [...path, first + index])),
    ...old.slice(both).map((_, index) => ({ path: [...path, before.length - last - 1 - index], value: undefined })),
    ...fresh.slice(both).map((value, index) => ({ path: [...path, first + both + index], value, isInserted: true })),
  ]
}

/** Null where fields have changed places or names: then the object is written anew. */
const fieldChanges = (before: Record<string, unknown>, after: Record<string, unknown>, path: JSONPath): Change[] | null => {
  const kept = Object.keys(before).filter((name) => after[name] !== undefined)
  const names = Object.keys(after).filter((name) => after[name] !== undefined)
  if (kept.some((name, index) => names[index] !== name)) return null
  return [
    ...Object.keys(before).flatMap((name) => (after[name] === undefined ? [{ path: [...path, name], value: undefined }] : changesBetween(before[name], after[name], [...path, name]))),
    ...names.slice(kept.length).map((name) => ({ path: [...path, name], value: after[name] })),
  ]
}

const changesBetween = (before: unknown, after: unknown, path: JSONPath): Change[] => {
  if (same(before, after)) return []
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, path)
  const fields = isObject(before) && isObject(after) ? fieldChanges(before, after, path) : null
  return fields ?? [{ path, value: after }]
}

/** Takes an entry out of a list with the comma that it does not need any more. jsonc-parser's own way of it expects each entry on a line of its own. */
const withoutEntry = (text: string, path: JSONPath): string => {
  const tree = parseTree(text)
  const entry = tree && findNodeAtLocation(tree, path)
  const all = entry?.parent?.children ?? []
  const at = entry ? all.indexOf(entry) : -1
  if (!entry || at < 0) return text
  const [before, next] = [all[at - 1], all[at + 1]]
  const from = before ? before.offset + before.length : entry.offset
  const to = !before && next ? next.offset : entry.offset + entry.length
  return text.slice(0, from) + text.slice(to)
}

const changed = (text: string, { path, value, isInserted }: Change): string => {
  if (path.length === 0) return JSON.stringify(value, null, 2)
  if (value === undefined && typeof path.at(-1) === 'number') return withoutEntry(text, path)
  return applyEdits(text, modify(text, path, value, { ...FORMAT, isArrayInsertion: isInserted === true }))
}

/** `text` with the value `after`, changed only where it differs. What it says is `after` in any case, if need be at the cost of its looks. */
export const rewrite = (text: string, after: unknown): string => {
  const result = changesBetween(parse(text), after, []).reduce(changed, text)
  return same(parse(result), after) ? result : JSON.stringify(after, null, 2)
}

/** The one stretch in which two texts differ. */
export const stretchBetween = (before: string, after: string): { from: number; to: number; insert: string } => {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start++
  let end = 0
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) }
}
