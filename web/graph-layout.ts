import { Graph as Layout, layout } from '@dagrejs/dagre'
import type { Graph } from '../runner/model/graph.ts'

/** Where the nodes of a workflow stand, from top to bottom. */

export const NODE = { width: 216, height: 54 }

export type Place = { x: number; y: number }

/** @returns the upper left corner of each node, in pixels */
export const placeNodes = (graph: Graph): Map<string, Place> => {
  const drawing = new Layout({ multigraph: true })
  drawing.setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 38, marginx: 8, marginy: 8 })
  drawing.setDefaultEdgeLabel(() => ({}))
  for (const id of graph.nodes.keys()) drawing.setNode(id, { ...NODE })
  graph.edges.forEach(({ from, to }, index) => drawing.setEdge(from, to, {}, String(index)))
  layout(drawing)
  return new Map(
    [...graph.nodes.keys()].map((id) => {
      const { x = 0, y = 0 } = drawing.node(id) as { x?: number; y?: number }
      return [id, { x: x - NODE.width / 2, y: y - NODE.height / 2 }]
    }),
  )
}
