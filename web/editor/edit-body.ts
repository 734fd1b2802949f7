import { buildGraph, outletOf, type Edge, type Graph } from '../../runner/model/graph.ts'
import { isTrigger } from '../../runner/model/node-kind.ts'
import type { Body, Connection, Node } from '../../runner/model/workflow.ts'
import { outletsOf } from '../outlets.ts'

/**
 * What can be done to nodes and connections: of a workflow, or of the inside of a loop. Each gives what it then is and changes nothing. Whatever somebody has
 * written may be here, so nothing is taken for granted.
 */

type Raw = Record<string, unknown>
const isObject = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const isNode = (node: unknown): node is Node & Raw => isObject(node) && typeof node.identifier === 'string' && isObject(node.config) && typeof node.config.type === 'string'
const isConnection = (connection: unknown): connection is Connection & Raw => isObject(connection) && typeof connection.sourceIdentifier === 'string' && typeof connection.targetIdentifier === 'string'

/** As much of it as can be drawn: nodes with a name and a type, and connections between them. */
export const drawable = (raw: unknown): Body => {
  const { nodes, connections } = isObject(raw) ? raw : {}
  const known = listOf(nodes).filter(isNode)
  const names = new Set(known.map(({ identifier }) => identifier))
  const kept = listOf(connections).filter(isConnection).filter(({ sourceIdentifier, targetIdentifier }) => names.has(sourceIdentifier) && names.has(targetIdentifier))
  return { nodes: known, connections: kept }
}

export const graphOf = (raw: unknown): Graph => buildGraph(drawable(raw))

export const indexOfNode = (raw: unknown, identifier: string): number => listOf(isObject(raw) ? raw.nodes : []).findIndex((node) => isObject(node) && node.identifier === identifier)

/** Nodes in a row are joined by their order; once one is joined otherwise, all connections are written down. */
const withConnections = (raw: Raw): Raw & { connections: unknown[] } => {
  const written = listOf(raw.connections)
  if (written.length > 0) return { ...raw, connections: written }
  const { nodes } = drawable(raw)
  const names = new Set(nodes.map(({ identifier }) => identifier))
  const implied = graphOf(raw).edges.filter(({ from }) => names.has(from))
  return { ...raw, connections: implied.map(({ from, to }) => ({ sourceIdentifier: from, targetIdentifier: to })) }
}

const isInRow = (raw: Raw): boolean => listOf(raw.connections).length === 0

const freeName = (raw: Raw, wanted: string): string => {
  const taken = new Set(listOf(raw.nodes).flatMap((node) => (isObject(node) ? [node.identifier] : [])))
  if (!taken.has(wanted)) return wanted
  for (let count = 2; ; count++) if (!taken.has(`${wanted}_${count}`)) return `${wanted}_${count}`
}

/** The node that everything leads to: where the next one is put when nobody says otherwise. Null where there are several ends, or none. */
export const lastNode = (raw: unknown): string | null => {
  const graph = graphOf(raw)
  const written = new Set(drawable(raw).nodes.map(({ identifier }) => identifier))
  const ends = [...graph.nodes.keys()].filter((name) => written.has(name) && !graph.outgoing.get(name)?.length)
  return ends.length === 1 ? ends[0]! : null
}

/** Adds a node: after another one and before what came after that, or by itself. */
export const addNode = (raw: Raw, config: Raw & { type: string }, after: string | null): { body: Raw; identifier: string } => {
  const identifier = freeName(raw, config.type.toLowerCase())
  const node = { identifier, config }
  const nodes = listOf(raw.nodes)
  const at = after === null ? nodes.length : indexOfNode(raw, after) + 1
  const body = { ...raw, nodes: nodes.toSpliced(at <= 0 ? nodes.length : at, 0, node) }
  const hasWays = config.type === 'CONDITION' || drawable(raw).nodes.find((known) => known.identifier === after)?.config.type === 'CONDITION'
  // A row goes one way: who adds a condition, or something after one, means one of its ways.
  if ((isInRow(raw) && !hasWays) || after === null || indexOfNode(raw, after) < 0 || isTrigger(node)) return { body, identifier }
  const { connections } = withConnections(raw)
  const outgoing = connections.filter((connection) => isConnection(connection) && connection.sourceIdentifier === after)
  const [only] = outgoing
  const source = drawable(raw).nodes.find((known) => known.identifier === after)
  // Of several ways on, nobody knows which one is meant.
  if (source?.config.type === 'CONDITION' || outgoing.length > 1 || !isConnection(only)) {
    const outlet = source ? nextOutlet(raw, source) : {}
    return { body: { ...body, connections: outlet ? [...connections, { sourceIdentifier: after, targetIdentifier: identifier, ...outlet }] : connections }, identifier }
  }
  const rest = connections.map((connection) => (connection === only ? { ...only, targetIdentifier: identifier } : connection))
  return { body: { ...body, connections: [...rest, { sourceIdentifier: identifier, targetIdentifier: only.targetIdentifier, ...nextOutlet(body, node) }] }, identifier }
}

/** Takes a node away; what came before it leads to what came after it, where that is plain. */
export const removeNode = (raw: Raw, identifier: string): Raw => {
  const nodes = listOf(raw.nodes).filter((node) => !isObject(node) || node.identifier !== identifier)
  if (isInRow(raw)) return { ...raw, nodes }
  const connections = listOf(raw.connections)
  const touches = (connection: unknown, end: 'sourceIdentifier' | 'targetIdentifier'): connection is Connection & Raw => isConnection(connection) && connection[end] === identifier
  const next = connections.filter((connection) => touches(connection, 'sourceIdentifier'))
  const heir = next.length === 1 ? next[0]!.targetIdentifier : null
  const kept = connections.flatMap((connection) => {
    if (touches(connection, 'sourceIdentifier')) return []
    if (!touches(connection, 'targetIdentifier')) return [connection]
    const isThere = heir !== null && connections.some((other) => isConnection(other) && other.sourceIdentifier === connection.sourceIdentifier && other.targetIdentifier === heir)
    return heir === null || isThere || heir === connection.sourceIdentifier ? [] : [{ ...connection, targetIdentifier: heir }]
  })
  return { ...raw, nodes, connections: kept }
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** `.outputs.old` and `.outputs["old"]`, wherever a template or a program names it. */
const renamedIn = (value: unknown, before: string, after: string): unknown => {
  if (typeof value === 'string') {
    const plain = /^[\p{L}_][\p{L}\p{N}_]*$/u.test(after) ? `.outputs.${after}` : `.outputs[${JSON.stringify(after)}]`
    return value
      .replaceAll(new RegExp(`\\.outputs\\.${escaped(before)}(?![\\p{L}\\p{N}_])`, 'gu'), () => plain)
      .replaceAll(new RegExp(`\\.outputs\\[\\s*"${escaped(before)}"\\s*\\]`, 'g'), () => plain)
  }
  if (Array.isArray(value)) return value.map((inner) => renamedIn(inner, before, after))
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, renamedIn(inner, before, after)])) : value
}

/** Gives a node another identifier, in connections and in templates, too. */
export const renameNode = (raw: Raw, before: string, after: string): Raw => ({
  ...raw,
  nodes: listOf(raw.nodes).map((node) => {
    const renamed = renamedIn(node, before, after)
    return isObject(renamed) && renamed.identifier === before ? { ...renamed, identifier: after } : renamed
  }),
  ...(raw.connections !== undefined && {
    connections: listOf(raw.connections).map((connection) =>
      isConnection(connection)
        ? { ...connection, sourceIdentifier: connection.sourceIdentifier === before ? after : connection.sourceIdentifier, targetIdentifier: connection.targetIdentifier === before ? after : connection.targetIdentifier }
        : connection,
    ),
  }),
})

/** What a connection from a node is to say; for a condition the first outlet that leads nowhere yet, then the fallback; null when none is left. */
const nextOutlet = (raw: Raw, source: Node): Raw | null => {
  if (source.config.type !== 'CONDITION') return {}
  const edges = drawable(raw).connections.filter(({ sourceIdentifier }) => sourceIdentifier === source.identifier).map((connection) => outletOf(source, connection))
  const free = outletsOf(source).find(({ identifier }) => !edges.some(({ outlet }) => outlet === identifier))
  if (free) return { sourceOutletIdentifier: free.identifier }
  return edges.some(({ fallback }) => fallback) ? null : { fallback: true }
}

/** Joins two nodes. @returns why not, in words */
export const connect = (raw: Raw, from: string, to: string): { body: Raw } | { refused: string } => {
  if (from === to) return { refused: 'A step cannot lead to itself.' }
  const { nodes } = drawable(raw)
  const [source, target] = [from, to].map((name) => nodes.find(({ identifier }) => identifier === name))
  if (!target || !source) return { refused: 'The assumed start leads to the first step by itself.' }
  if (isTrigger(target)) return { refused: 'Nothing leads to a trigger.' }
  const graph = graphOf(raw)
  if (leadsTo(graph, to, from)) return { refused: 'That would go round in a circle. Use a loop step for that.' }
  const outlet = nextOutlet(raw, source)
  if (outlet === null) return { refused: 'Every way out of this condition leads somewhere already.' }
  if (source.config.type !== 'CONDITION' && graph.outgoing.get(from)?.some((edge) => edge.to === to)) return { refused: 'They are connected already.' }
  const joined = withConnections(raw)
  return { body: { ...joined, connections: [...joined.connections, { sourceIdentifier: from, targetIdentifier: to, ...outlet }] } }
}

const leadsTo = (graph: Graph, from: string, to: string): boolean => {
  const seen = new Set([from])
  for (const id of seen) for (const edge of graph.outgoing.get(id) ?? []) seen.add(edge.to)
  return seen.has(to)
}

const isEdge = (connection: unknown, { from, to, outlet, fallback }: Edge, source: Node | undefined): boolean => {
  if (!isConnection(connection) || connection.sourceIdentifier !== from || connection.targetIdentifier !== to) return false
  const found = outletOf(source, connection)
  return found.outlet === outlet && found.fallback === fallback
}

/** Takes a connection away. */
export const disconnect = (raw: Raw, edge: Edge): Raw => {
  const joined = withConnections(raw)
  const source = drawable(raw).nodes.find(({ identifier }) => identifier === edge.from)
  const at = joined.connections.findIndex((connection) => isEdge(connection, edge, source))
  return at < 0 ? raw : { ...joined, connections: joined.connections.toSpliced(at, 1) }
}

/** Lets a connection leave from another outlet of its condition; null is the fallback. */
export const changeOutlet = (raw: Raw, edge: Edge, outlet: string | null): Raw => {
  const source = drawable(raw).nodes.find(({ identifier }) => identifier === edge.from)
  return {
    ...raw,
    connections: listOf(raw.connections).map((connection) =>
      isEdge(connection, edge, source) ? { sourceIdentifier: edge.from, targetIdentifier: edge.to, ...(outlet === null ? { fallback: true } : { sourceOutletIdentifier: outlet }) } : connection,
    ),
  }
}
