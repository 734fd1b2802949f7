import { findNodeAtLocation, getLocation, parse, parseTree, printParseErrorCode, type JSONPath, type ParseError } from 'jsonc-parser'
import type { Fault } from '../api/workflows.ts'

/** Where in a text of JSON something stands. */

export type Place = { from: number; to: number }
export type Mark = Place & { message: string }

const STRICT = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false }

/** `nodes[3].config["user-name"]`, as the API tells of faults, in parts. */
export const partsOf = (path: string): JSONPath =>
  [...path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)].map(([, index, quoted, name]) => (index !== undefined ? Number(index) : quoted !== undefined ? (JSON.parse(quoted) as string) : name!))

/** The place of a path in each text, or of the nearest thing around it that is there. */
export const placesOf = (text: string, faults: readonly Fault[]): Mark[] => {
  const tree = parseTree(text)
  if (!tree) return []
  return faults.map(({ path, message }) => {
    const parts = partsOf(path)
    let node = findNodeAtLocation(tree, parts)
    while (!node && parts.length > 0) {
      parts.pop()
      node = findNodeAtLocation(tree, parts)
    }
    const found = node ?? tree
    // What is a whole object or list is marked at its beginning: a page full of red tells nothing.
    const isLarge = found.type === 'object' || found.type === 'array'
    return { from: found.offset, to: isLarge ? found.offset + 1 : found.offset + found.length, message }
  })
}

export const pathAt = (text: string, offset: number): JSONPath => getLocation(text, offset).path

export const placeOf = (text: string, path: JSONPath): Place | null => {
  const tree = parseTree(text)
  const node = tree && findNodeAtLocation(tree, path)
  return node ? { from: node.offset, to: node.offset + node.length } : null
}

const spaced = (code: string): string => code.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`).trim()

/** What a text says, or where it is no JSON. */
export const readJson = (text: string): { value: unknown } | { marks: Mark[] } => {
  const errors: ParseError[] = []
  const value: unknown = parse(text, errors, STRICT)
  if (errors.length === 0) return { value }
  return { marks: errors.map(({ error, offset, length }) => ({ from: Math.min(offset, text.length), to: Math.min(offset + length, text.length), message: `No JSON: ${spaced(printParseErrorCode(error))}.` })) }
}

/** Counted from 1. */
export const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length
