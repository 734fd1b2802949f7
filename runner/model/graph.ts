import type { Fault } from './problem.ts'
import { ASSUMED_TRIGGER, isTrigger, type Connection, type Node, type Workflow } from './workflow.ts'

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

const isCondition = (node: Node | undefined): boolean => node?.config.type === 'CONDITION'

/** The seeds' oldest spelling lets a condition point at connections by their identifier. */
const outletOf = (source: Node | undefined, connection: Connection): { outlet: string | null; fallback: boolean } => {
  if (!isCondition(source)) return { outlet: null, fallback: false }
  const named = connection.sourceOutletIdentifier ?? connection.sourceOptionIdentifier ?? connection.identifier ?? null
  const fallback =
    connection.fallback === true ||
    (connection.identifier !== undefined && source?.config.defaultConnectionIdentifier === connection.identifier)
  return { outlet: fallback ? null : named, fallback }
}

const edgesOf = (workflow: Workflow, nodes: readonly Node[]): Edge[] => {
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

export const buildGraph = (workflow: Workflow): Graph => {
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
const topological = (graph: Graph): string[] => {
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

const isTaken = (edge: Edge, outcome: Outcome, siblings: readonly Edge[]): boolean => {
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

/** A graph without its faulty nodes and connections, so that a circle among the others is told, too. */
const soundPart = (workflow: Workflow): Workflow => {
  const named = workflow.nodes.some(isTrigger) ? workflow.nodes : workflow.nodes.filter(({ identifier }) => identifier !== ASSUMED_TRIGGER.identifier)
  const byId = new Map(named.map((node) => [node.identifier, node]))
  const connections = workflow.connections.filter(({ sourceIdentifier: from, targetIdentifier: to }) => {
    const target = byId.get(to)
    return byId.has(from) && target !== undefined && !isTrigger(target) && from !== to
  })
  return { ...workflow, nodes: [...byId.values()], connections }
}

/** What is wrong with a graph: all faults at once, each with its path in the definition (contract, section 5). */
export const checkGraph = (workflow: Workflow): Fault[] => {
  const faults: Fault[] = []
  const fault = (path: string, code: string, message: string) => faults.push({ path, code, message })
  const byId = new Map<string, Node>()
  for (const [index, node] of workflow.nodes.entries()) {
    if (byId.has(node.identifier)) fault(`nodes[${index}].identifier`, 'duplicate', `"${node.identifier}" is the identifier of another node too.`)
    else byId.set(node.identifier, node)
  }
  if (!workflow.nodes.some(isTrigger) && byId.has(ASSUMED_TRIGGER.identifier))
    fault(`nodes[${workflow.nodes.findIndex((node) => node.identifier === 'trigger')}].identifier`, 'reserved', '"trigger" is the assumed trigger of a workflow that names none; name the node differently.')
  if (workflow.nodes.every(isTrigger)) fault('nodes', 'no_steps', 'There is nothing to run: the workflow has triggers only.')
  const outlets = new Set<string>()
  const identifiers = new Set<string>()
  for (const [index, connection] of workflow.connections.entries()) {
    const path = `connections[${index}]`
    const source = byId.get(connection.sourceIdentifier)
    const target = byId.get(connection.targetIdentifier)
    if (!source) fault(`${path}.sourceIdentifier`, 'unknown_node', `There is no node "${connection.sourceIdentifier}".`)
    if (!target) fault(`${path}.targetIdentifier`, 'unknown_node', `There is no node "${connection.targetIdentifier}".`)
    if (source && source === target) fault(path, 'self_connection', `"${source.identifier}" is connected to itself.`)
    if (target && isTrigger(target)) fault(`${path}.targetIdentifier`, 'trigger_target', `"${target.identifier}" is a trigger: nothing may lead to it.`)
    if (connection.identifier !== undefined) {
      if (identifiers.has(connection.identifier)) fault(`${path}.identifier`, 'duplicate', `"${connection.identifier}" is the identifier of another connection too.`)
      identifiers.add(connection.identifier)
    }
    if (source && !isCondition(source)) {
      if (connection.sourceOutletIdentifier !== undefined || connection.sourceOptionIdentifier !== undefined || connection.fallback !== undefined)
        fault(path, 'no_outlets', `"${source.identifier}" is no condition: its connections name no outlet and no fallback.`)
      const pair = `${connection.sourceIdentifier}→${connection.targetIdentifier}`
      if (outlets.has(pair)) fault(path, 'duplicate', `"${source.identifier}" is connected to "${connection.targetIdentifier}" twice.`)
      outlets.add(pair)
    } else if (source) {
      const { outlet, fallback } = outletOf(source, connection)
      const key = JSON.stringify([source.identifier, outlet, fallback])
      if (outlets.has(key))
        fault(path, fallback ? 'two_fallbacks' : 'outlet_used_twice', fallback ? `"${source.identifier}" has a fallback already.` : `The outlet "${outlet}" of "${source.identifier}" leads somewhere already.`)
      outlets.add(key)
    }
  }
  const graph = buildGraph(faults.length > 0 ? soundPart(workflow) : workflow)
  const order = new Set(topological(graph))
  const cycle = [...graph.nodes.keys()].filter((id) => !order.has(id))
  if (cycle.length > 0) fault('connections', 'cycle', `The connections go round in a circle among or before: ${cycle.join(', ')}.`)
  // What hangs on a faulty connection only looks unreachable.
  if (faults.length > 0) return faults
  const reached = new Set([...graph.nodes.values()].filter(isTrigger).flatMap((trigger) => [...downstream(graph, trigger.identifier)]))
  for (const [index, node] of workflow.nodes.entries())
    if (!reached.has(node.identifier)) fault(`nodes[${index}]`, 'unreachable', `No trigger leads to "${node.identifier}".`)
  return faults
}
