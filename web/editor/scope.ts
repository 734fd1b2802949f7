import type { JSONPath } from 'jsonc-parser'
import { indexOfNode } from './edit-body.ts'

/** Where in a definition one is: in the workflow itself, or inside of a loop, in a loop of that, and so on. */

/** The loops that were entered, from the outside in. */
export type Scope = readonly string[]

export const valueAt = (value: unknown, path: JSONPath): unknown =>
  path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<string | number, unknown>)[key] : undefined), value)

/** `value` with something else at a path. */
export const withValueAt = (value: unknown, [key, ...rest]: JSONPath, next: unknown): unknown => {
  if (key === undefined) return next
  if (Array.isArray(value)) return value.with(Number(key), withValueAt(value[Number(key)], rest, next))
  const known = (value ?? {}) as Record<string, unknown>
  return { ...known, [key]: withValueAt(known[key], rest, next) }
}

/** The path of what holds the nodes; null when a loop of it is not there any more. */
export const pathOfScope = (value: unknown, scope: Scope): JSONPath | null => {
  let path: JSONPath = []
  for (const loop of scope) {
    const index = indexOfNode(valueAt(value, path), loop)
    if (index < 0) return null
    path = [...path, 'nodes', index, 'config']
  }
  return path
}

const nameAt = (value: unknown, path: JSONPath): string | null => {
  const node = valueAt(value, path)
  const identifier = typeof node === 'object' && node !== null && 'identifier' in node ? node.identifier : null
  return typeof identifier === 'string' ? identifier : null
}

/** Where a node is, and the loops around it; null when there is none of that name. */
export const placeOfNode = (value: unknown, name: string, path: JSONPath = []): { scope: string[]; node: string } | null => {
  const nodes = valueAt(value, [...path, 'nodes'])
  if (!Array.isArray(nodes)) return null
  for (const index of nodes.keys()) {
    const here = [...path, 'nodes', index]
    if (nameAt(value, here) === name) return nodeAt(value, here)
    const inside = placeOfNode(value, name, [...here, 'config'])
    if (inside) return inside
  }
  return null
}

/** The innermost node that a path leads into, and the loops around it. */
export const nodeAt = (value: unknown, path: JSONPath): { scope: string[]; node: string } | null => {
  const names: string[] = []
  for (let at = 0; path[at] === 'nodes' && typeof path[at + 1] === 'number'; at += 3) {
    const name = nameAt(value, path.slice(0, at + 2))
    if (name === null) break
    names.push(name)
    if (path[at + 2] !== 'config') break
  }
  const node = names.pop()
  return node === undefined ? null : { scope: names, node }
}
