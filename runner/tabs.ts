import { readyNodes } from './model/graph.ts'
import type { RunMemory, Scope } from './run-memory.ts'

/** The browser tabs of a scope, by their names in the run. */
type Tabs = {
  /** The tab of a node that begins, now if it has none yet. */
  assign(nodeId: string): string
  all(): string[]
}

/**
 * A branch goes on in the tab of the node before it; where branches part, the first goes on in it and the others get tabs of their own; where
 * they meet, the first one's tab is taken. Derived from the order in which nodes began, whatever became of them, so that it is the same after
 * a pause or a restart.
 */
export const createTabs = ({ seen }: Pick<RunMemory, 'seen'>, scope: Scope): Tabs => {
  const { graph } = scope
  const tabs = new Map<string, string>()
  const holders = new Map<string, string>()
  const nodesBefore = (nodeId: string): string[] => (graph.incoming.get(nodeId) ?? []).map((edge) => edge.from)
  const assign = (nodeId: string): string => {
    const known = tabs.get(nodeId)
    if (known !== undefined) return known
    const before = nodesBefore(nodeId)
    const free = before.map((from) => tabs.get(from)).find((tab) => tab !== undefined && before.includes(holders.get(tab)!))
    const tab = free ?? (holders.size === 0 ? scope.page : `${scope.iteration === null ? '' : `${scope.iteration}.`}${nodeId}`)
    tabs.set(nodeId, tab)
    holders.set(tab, nodeId)
    return tab
  }

  const order = [...graph.nodes.keys()]
  // Ids sort as they were made. The assumed trigger of a loop's body has none.
  const began = new Map(order.flatMap((nodeId) => (seen(scope, nodeId).length > 0 || scope.finished.has(nodeId) ? [[nodeId, seen(scope, nodeId)[0]?.id ?? ''] as const] : [])))
  const unrecorded = readyNodes(graph, scope.trigger, scope.finished).filter((nodeId) => !began.has(nodeId))
  /** Began with `nodeId`, before it in the list, but its worker died before it could say so. */
  const hadBegun = (other: string, nodeId: string): boolean => {
    const before = nodesBefore(nodeId)
    return order.indexOf(other) < order.indexOf(nodeId) && nodesBefore(other).every((from) => before.includes(from))
  }
  for (const nodeId of [...began.keys()].toSorted((a, b) => (began.get(a)! < began.get(b)! ? -1 : 1))) {
    for (const other of unrecorded) if (hadBegun(other, nodeId)) assign(other)
    assign(nodeId)
  }
  return { assign, all: () => [...holders.keys()] }
}
