import type { Edge, Graph } from '../runner/model/graph.ts'
import type { Node } from '../runner/model/workflow.ts'

/** The ways out of a condition, and what stands at its edges. */

export type Outlet = { identifier: string; title: string }

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const isNamed = (outlet: unknown): outlet is { identifier: string; title?: unknown } => typeof outlet === 'object' && outlet !== null && typeof (outlet as { identifier?: unknown }).identifier === 'string'

/** The outlets of a condition, in all the ways they may be written. */
export const outletsOf = ({ config }: Node): Outlet[] =>
  [config.outlets, config.options].flatMap((list) =>
    listOf(list).filter(isNamed).map(({ identifier, title }) => ({ identifier, title: typeof title === 'string' && title ? title : identifier })),
  )

/** What an edge is called; null where there is nothing to choose. */
export const labelOf = ({ from, outlet, fallback }: Edge, { nodes }: Graph): string | null => {
  if (fallback) return 'otherwise'
  const source = nodes.get(from)
  return (source && outletsOf(source).find(({ identifier }) => identifier === outlet)?.title) ?? outlet
}
