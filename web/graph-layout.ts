import { Graph as Layout, layout } from '@dagrejs/dagre'
import type { Graph } from '../runner/model/graph.ts'

/** Where the nodes of a graph stand, from top to bottom, and how its edges run past those that are not theirs. In pixels. */

export type Point = { x: number; y: number }
export type Size = { width: number; height: number }
export const NODE: Size = { width: 216, height: 54 }

export type Placed = Size & {
  /** The upper left corner of each node. */
  nodes: ReadonlyMap<string, Point>
  /** In the order of the graph's edges: the points that each goes through, and where its label stands. */
  edges: readonly { points: readonly Point[]; label: Point }[]
}

const LETTER = 7

/**
 * @param labels what stands at each edge, in the order of the graph's
 * @param sizes of nodes that are larger than others
 */
export const placeGraph = ({ nodes, edges }: Pick<Graph, 'nodes' | 'edges'>, labels: readonly (string | null)[], sizes: ReadonlyMap<string, Size>): Placed => {
  const drawing = new Layout({ multigraph: true })
  const sizeOf = (id: string): Size => sizes.get(id) ?? NODE
  drawing.setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 38, edgesep: 24, marginx: 8, marginy: 8 })
  for (const id of nodes.keys()) drawing.setNode(id, { ...sizeOf(id) })
  edges.forEach(({ from, to }, index) => {
    const label = labels[index]
    drawing.setEdge(from, to, label ? { width: label.length * LETTER + 8, height: 16, labelpos: 'c' } : {}, String(index))
  })
  layout(drawing)
  const { width = 0, height = 0 } = drawing.graph() as Partial<Size>
  return {
    width,
    height,
    nodes: new Map(
      [...nodes.keys()].map((id) => {
        const { x = 0, y = 0 } = drawing.node(id) as Partial<Point>
        return [id, { x: x - sizeOf(id).width / 2, y: y - sizeOf(id).height / 2 }]
      }),
    ),
    edges: edges.map(({ from, to }, index) => {
      const { points = [], x = 0, y = 0 } = drawing.edge(from, to, String(index)) as Partial<Point> & { points?: Point[] }
      return { points, label: { x, y } }
    }),
  }
}

/** A line from above to below through points, as SVG writes it: it leaves and reaches each of them straight down. */
export const roundLine = (points: readonly Point[]): string => {
  const [first, ...rest] = points
  if (!first) return ''
  const bends = rest.map(({ x, y }, index) => {
    const before = points[index]!
    const middle = (before.y + y) / 2
    return `C${before.x},${middle} ${x},${middle} ${x},${y}`
  })
  return [`M${first.x},${first.y}`, ...bends].join(' ')
}
