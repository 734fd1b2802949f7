import { ASSUMED_TRIGGER, isTrigger } from './node-kind.ts'
import type { Body, Connection, Node } from './workflow.ts'

/**
 * The graph of a workflow, and where a run stands in it. A run's place is derived from what has finished, never stored beside it, so the two
 * cannot disagree.
 */
export type Edge = {
  from: string
  to: string
  /** The outlet of a condition that this edge leaves from; null for an ordinary edge. */
  outlet: string | null
  /** Taken when no outlet of the condition was chosen. */
  fallback: boolean
}

export type Graph = {
  /** Every node with its connections, triggers first; the assumed trigger included. */
  nodes: ReadonlyMap<string, Node>
  edges: readonly Edge[]
  incoming: ReadonlyMap<string, readonly Edge[]>
  outgoing: ReadonlyMap<string, readonly Edge[]>
}

/** What a finished node chose: `selected` names a condition's outlet, null its fallback; undefined for every other node. */
export type Outcome = { selected?: string | null }

export const isCondition = (node: Node | undefined): boolean => node?.config.type === 'CONDITION'

/** The seeds' oldest spelling lets a condition point at connections by their identifier. */
export const outletOf = (source: Node | undefined, connection: Connection): { outlet: string | null; fallback: boolean } => {
  if (!isCondition(source)) return { outlet: null, fallback: false }
  const named = connection.sourceOutletIdentifier ?? connection.sourceOptionIdentifier ?? connection.identifier ?? null
  const fallback =
    connection.fallback === true ||
    (connection.identifier !== undefined && source?.config.defaultConnectionIdentifier === connection.identifier)
  return { outlet: fallback ? null : named, fallback }
}

const edgesOf = (workflow: Body, nodes: readonly Node[]): Edge[] => {
  const triggers = nodes.filter(isTrigger)
  const others = nodes.filter((node) => !isTrigger(node))
  const plain = (from: string, to: string): Edge => ({ from, to, outlet: null, fallback: false })
  if (workflow.connections.length === 0) {
    const first = others[0]
    if (!first) return []
    return [
      ...triggers.map((trigger) => plain(trigger.identifier, first.identifier)),
      ...others.slice(1).map((node, index) => plain(others[index]!.identifier, node.identifier)),
    ]
  }
  const byId = new Map(nodes.map((node) => [node.identifier, node]))
  const edges = workflow.connections.map((connection) => ({
    from: connection.sourceIdentifier,
    to: connection.targetIdentifier,
    ...outletOf(byId.get(connection.sourceIdentifier), connection),
  }))
  if (workflow.nodes.some(isTrigger)) return edges
  const targets = new Set(edges.map((edge) => edge.to))
  return [...others.filter((node) => !targets.has(node.identifier)).map((node) => plain(ASSUMED_TRIGGER.identifier, node.identifier)), ...edges]
}

const group = (edges: readonly Edge[], key: (edge: Edge) => string): Map<string, Edge[]> => {
  const groups = new Map<string, Edge[]>()
  for (const edge of edges) groups.set(key(edge), [...(groups.get(key(edge)) ?? []), edge])
  return groups
}

export const buildGraph = (workflow: Body): Graph => {
  const listed = workflow.nodes.some(isTrigger) ? workflow.nodes : [ASSUMED_TRIGGER, ...workflow.nodes]
  const nodes = [...listed.filter(isTrigger), ...listed.filter((node) => !isTrigger(node))]
  const edges = edgesOf(workflow, nodes)
  return {
    nodes: new Map(nodes.map((node) => [node.identifier, node])),
    edges,
    incoming: group(edges, (edge) => edge.to),
    outgoing: group(edges, (edge) => edge.from),
  }
}

/** The nodes in an order in which every edge points forward; shorter than the graph when there is a cycle. */
export const topological = (graph: Graph): string[] => {
  const left = new Map([...graph.nodes.keys()].map((id) => [id, graph.incoming.get(id)?.length ?? 0]))
  const order: string[] = []
  const open = [...graph.nodes.keys()].filter((id) => left.get(id) === 0)
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    order.push(id)
    for (const edge of graph.outgoing.get(id) ?? []) {
      const count = (left.get(edge.to) ?? 0) - 1
      left.set(edge.to, count)
      if (count === 0) open.push(edge.to)
    }
  }
  return order
}

/** Whether the way of an edge is gone, given what its source chose. */
export const isTaken = (edge: Edge, outcome: Outcome, siblings: readonly Edge[]): boolean => {
  if (outcome.selected === undefined || (edge.outlet === null && !edge.fallback)) return true
  const matched = outcome.selected !== null && siblings.some((sibling) => sibling.outlet === outcome.selected)
  return matched ? edge.outlet === outcome.selected : edge.fallback
}

/**
 * The nodes that may execute now, in the order of the definition. A node waits until each of its incoming edges has either arrived or can
 * never arrive, and runs when at least one arrived: so parallel branches join where they meet, and a branch not taken holds nobody up.
 *
 * @param trigger the trigger that fired; the others are as if they were not there
 * @param finished what has finished (completed, skipped, or failed with `onFailure: continue`)
 */
export const readyNodes = (graph: Graph, trigger: string, finished: ReadonlyMap<string, Outcome>): string[] => {
  const dead = new Set<string>()
  const ready = new Set<string>()
  for (const id of topological(graph)) {
    if (finished.has(id)) continue
    const incoming = graph.incoming.get(id) ?? []
    if (id === trigger) ready.add(id)
    else if (incoming.length === 0) dead.add(id)
    else {
      const states = incoming.map((edge) => {
        if (dead.has(edge.from)) return 'never'
        const outcome = finished.get(edge.from)
        if (!outcome) return 'open'
        return isTaken(edge, outcome, graph.outgoing.get(edge.from) ?? []) ? 'arrived' : 'never'
      })
      if (states.every((state) => state === 'never')) dead.add(id)
      else if (!states.includes('open')) ready.add(id)
    }
  }
  return [...graph.nodes.keys()].filter((id) => ready.has(id))
}

/** `start` and everything that can come after it. */
export const downstream = (graph: Graph, start: string): Set<string> => {
  const seen = new Set([start])
  for (const id of seen) for (const edge of graph.outgoing.get(id) ?? []) seen.add(edge.to)
  return seen
}
