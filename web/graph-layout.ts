import { Graph as Layout, layout } from '@dagrejs/dagre'
import type { Graph } from '../runner/model/graph.ts'

/** Where the nodes of a workflow stand, from top to bottom, and how its edges run past those that are not theirs. */

export const NODE = { width: 216, height: 54 }

export type Point = { x: number; y: number }
export type Placed = {
  /** The upper left corner of each node, in pixels. */
  nodes: ReadonlyMap<string, Point>
  /** In the order of the graph's edges: the points that each goes through, and where its label stands. */
  edges: readonly { points: readonly Point[]; label: Point }[]
  height: number
}

const LETTER = 7

/** @param labels what stands at each edge, in the order of the graph's */
export const placeGraph = (graph: Graph, labels: readonly (string | null)[]): Placed => {
  const drawing = new Layout({ multigraph: true })
  drawing.setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 38, edgesep: 24, marginx: 8, marginy: 8 })
  for (const id of graph.nodes.keys()) drawing.setNode(id, { ...NODE })
  graph.edges.forEach(({ from, to }, index) => {
    const label = labels[index]
    drawing.setEdge(from, to, label ? { width: label.length * LETTER + 8, height: 16, labelpos: 'c' } : {}, String(index))
  })
  layout(drawing)
  return {
    nodes: new Map(
      [...graph.nodes.keys()].map((id) => {
        const { x = 0, y = 0 } = drawing.node(id) as Partial<Point>
        return [id, { x: x - NODE.width / 2, y: y - NODE.height / 2 }]
      }),
    ),
    edges: graph.edges.map(({ from, to }, index) => {
      const { points = [], x = 0, y = 0 } = drawing.edge(from, to, String(index)) as Partial<Point> & { points?: Point[] }
      return { points, label: { x, y } }
    }),
    height: (drawing.graph() as { height?: number }).height ?? 0,
  }
}

/** A line through points, with round corners, as SVG writes it. */
export const roundLine = (points: readonly Point[]): string => {
  const [first, ...rest] = points
  if (!first) return ''
  const last = rest.at(-1)
  const corners = rest.slice(0, -1).map((corner, index) => {
    const next = rest[index + 1]!
    return `Q${corner.x},${corner.y} ${(corner.x + next.x) / 2},${(corner.y + next.y) / 2}`
  })
  return [`M${first.x},${first.y}`, ...corners, last ? `L${last.x},${last.y}` : ''].join(' ')
}
