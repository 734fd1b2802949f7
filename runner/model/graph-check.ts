import { buildGraph, downstream, isCondition, outletOf, topological } from './graph.ts'
import type { Fault } from './problem.ts'
import { ASSUMED_TRIGGER, isTrigger } from './node-kind.ts'
import { bodyOf, type Body, type Node } from './workflow.ts'

/** What is wrong with a graph, and with those inside of its loops: all faults at once, each with its path in the definition (contract, section 5). */

type Tell = (path: string, code: string, message: string) => void

const checkNodes = ({ nodes }: Body, inLoop: boolean, taken: Map<string, string>, tell: Tell): void => {
  for (const [index, node] of nodes.entries()) {
    const path = `nodes[${index}].identifier`
    // Inside of loops too: outputs are told apart by the node's identifier alone.
    if (taken.has(node.identifier)) tell(path, 'duplicate', `"${node.identifier}" is the identifier of another node too.`)
    taken.set(node.identifier, path)
    if (inLoop && isTrigger(node)) tell(path, 'trigger_in_loop', `"${node.identifier}" is a trigger: it cannot stand inside of a loop.`)
  }
  const reserved = nodes.findIndex((node) => node.identifier === ASSUMED_TRIGGER.identifier)
  if (reserved >= 0 && (inLoop || !nodes.some(isTrigger)))
    tell(`nodes[${reserved}].identifier`, 'reserved', '"trigger" is the assumed trigger of a workflow that names none; name the node differently.')
  if (nodes.every(isTrigger)) tell('nodes', 'no_steps', 'There is nothing to run: the workflow has triggers only.')
}

/** The outlets that a condition has, in any of its spellings; null when its config is not valid anyway. */
const outletsOf = ({ config }: Node): Set<string> | null => {
  const list = config.outlets ?? config.options ?? config.conditions
  if (!Array.isArray(list)) return null
  return new Set(list.flatMap((entry: unknown) => (typeof entry === 'object' && entry !== null ? [String((entry as Record<string, unknown>).identifier ?? (entry as Record<string, unknown>).connectionIdentifier)] : [])))
}

const checkConnections = ({ nodes, connections }: Body, tell: Tell): void => {
  const byId = new Map(nodes.map((node) => [node.identifier, node]))
  const used = new Set<string>()
  const identifiers = new Set<string>()
  for (const [index, connection] of connections.entries()) {
    const path = `connections[${index}]`
    const { sourceIdentifier, targetIdentifier, sourceOutletIdentifier, sourceOptionIdentifier, fallback } = connection
    const source = byId.get(sourceIdentifier)
    const target = byId.get(targetIdentifier)
    if (!source) tell(`${path}.sourceIdentifier`, 'unknown_node', `There is no node "${sourceIdentifier}".`)
    if (!target) tell(`${path}.targetIdentifier`, 'unknown_node', `There is no node "${targetIdentifier}".`)
    if (source && source === target) tell(path, 'self_connection', `"${source.identifier}" is connected to itself.`)
    if (target && isTrigger(target)) tell(`${path}.targetIdentifier`, 'trigger_target', `"${target.identifier}" is a trigger: nothing may lead to it.`)
    if (connection.identifier !== undefined) {
      if (identifiers.has(connection.identifier)) tell(`${path}.identifier`, 'duplicate', `"${connection.identifier}" is the identifier of another connection too.`)
      identifiers.add(connection.identifier)
    }
    if (!source) continue
    if (isCondition(source)) {
      const leaves = outletOf(source, connection)
      const key = JSON.stringify([sourceIdentifier, leaves.outlet, leaves.fallback])
      if (used.has(key))
        tell(path, leaves.fallback ? 'two_fallbacks' : 'outlet_used_twice', leaves.fallback ? `"${sourceIdentifier}" has a fallback already.` : `The outlet "${leaves.outlet}" of "${sourceIdentifier}" leads somewhere already.`)
      used.add(key)
      const known = outletsOf(source)
      if (!leaves.fallback && leaves.outlet === null) tell(path, 'missing_outlet', `Say which outlet of "${sourceIdentifier}" this is, or that it is the fallback.`)
      else if (!leaves.fallback && known && !known.has(leaves.outlet!)) tell(path, 'unknown_outlet', `"${sourceIdentifier}" has no outlet "${leaves.outlet}".`)
    } else {
      if (sourceOutletIdentifier !== undefined || sourceOptionIdentifier !== undefined || fallback !== undefined)
        tell(path, 'no_outlets', `"${sourceIdentifier}" is no condition: its connections name no outlet and no fallback.`)
      const key = JSON.stringify([sourceIdentifier, targetIdentifier])
      if (used.has(key)) tell(path, 'duplicate', `"${sourceIdentifier}" is connected to "${targetIdentifier}" twice.`)
      used.add(key)
    }
  }
  for (const [index, node] of nodes.entries()) {
    if (!isCondition(node)) continue
    const named = [node.config.defaultConnectionIdentifier, ...(Array.isArray(node.config.conditions) ? (node.config.conditions as { connectionIdentifier?: unknown }[]).map((entry) => entry.connectionIdentifier) : [])]
    const leaving = new Set(connections.filter((connection) => connection.sourceIdentifier === node.identifier).map((connection) => connection.identifier))
    for (const name of named)
      if (typeof name === 'string' && !leaving.has(name)) tell(`nodes[${index}].config`, 'unknown_connection', `No connection "${name}" leaves "${node.identifier}".`)
  }
}

/** A graph without its faulty nodes and connections, so that a circle among the others is told, too. */
const soundPart = ({ nodes, connections }: Body): Body => {
  const named = nodes.some(isTrigger) ? nodes : nodes.filter(({ identifier }) => identifier !== ASSUMED_TRIGGER.identifier)
  const byId = new Map(named.map((node) => [node.identifier, node]))
  const sound = connections.filter(({ sourceIdentifier: from, targetIdentifier: to }) => {
    const target = byId.get(to)
    return byId.has(from) && target !== undefined && !isTrigger(target) && from !== to
  })
  return { nodes: [...byId.values()], connections: sound }
}

const checkCircles = (body: Body, tell: Tell): void => {
  const graph = buildGraph(body)
  const order = new Set(topological(graph))
  const cycle = [...graph.nodes.keys()].filter((id) => !order.has(id))
  if (cycle.length > 0) tell('connections', 'cycle', `The connections go round in a circle among or before: ${cycle.join(', ')}.`)
}

const checkReach = (body: Body, tell: Tell): void => {
  const graph = buildGraph(body)
  const reached = new Set([...graph.nodes.values()].filter(isTrigger).flatMap((trigger) => [...downstream(graph, trigger.identifier)]))
  for (const [index, node] of body.nodes.entries()) if (!reached.has(node.identifier)) tell(`nodes[${index}]`, 'unreachable', `No trigger leads to "${node.identifier}".`)
}

const check = (body: Body, base: string, inLoop: boolean, taken: Map<string, string>): Fault[] => {
  const faults: Fault[] = []
  const tell: Tell = (path, code, message) => faults.push({ path: `${base}${path}`, code, message })
  checkNodes(body, inLoop, taken, tell)
  checkConnections(body, tell)
  checkCircles(faults.length > 0 ? soundPart(body) : body, tell)
  // What hangs on a faulty connection only looks unreachable.
  if (faults.length === 0) checkReach(body, tell)
  const inside = body.nodes.flatMap((node, index) => {
    const inner = bodyOf(node)
    return inner ? check(inner, `${base}nodes[${index}].config.`, true, taken) : []
  })
  return [...faults, ...inside]
}

export const checkGraph = (workflow: Body): Fault[] => check(workflow, '', false, new Map())
