import { buildGraph, type Edge, type Graph } from '../runner/model/graph.ts'
import { ASSUMED_TRIGGER, isLoop } from '../runner/model/node-kind.ts'
import type { Body, Connection, Node } from '../runner/model/workflow.ts'
import { NODE, placeGraph, type Point, type Size } from './graph-layout.ts'
import { labelOf } from './outlets.ts'

/** A workflow as it is drawn: its nodes and, where loops are open, what is inside of them; each where it stands. */

type Inside = {
  /** The loops that it is in, the outermost first. */
  loops: readonly string[]
  /** What it is a part of: the workflow, or the body of a loop. */
  graph: Graph
}
/** A node; `isOpen`: a loop with its body in it, whose boxes follow. */
export type Box = Inside & Point & Size & { node: Node; isOpen: boolean }
export type Line = Inside & { edge: Edge; points: readonly Point[]; label: Point; text: string | null }
export type Drawing = Size & { boxes: readonly Box[]; lines: readonly Line[] }

const PAD = 12
const HEAD = 50
const LEAST_WIDTH = 300

/** What a loop runs in each round; null of another node, and of a loop without anything in it. */
const bodyOf = ({ config: { type, nodes, connections } }: Node): Body | null =>
  isLoop(type) && Array.isArray(nodes) && nodes.length > 0 ? { nodes: nodes as Node[], connections: Array.isArray(connections) ? (connections as Connection[]) : [] } : null

/** The beginning of a body is the loop itself. */
const withoutStart = (graph: Graph): Graph => ({
  ...graph,
  nodes: new Map([...graph.nodes].filter(([id]) => id !== ASSUMED_TRIGGER.identifier)),
  edges: graph.edges.filter(({ from }) => from !== ASSUMED_TRIGGER.identifier),
})

const shifted = <T extends Point>(point: T, by: Point): T => ({ ...point, x: point.x + by.x, y: point.y + by.y })

const shiftedLine = (line: Line, by: Point): Line => ({ ...line, points: line.points.map((point) => shifted(point, by)), label: shifted(line.label, by) })

/** @param opensLoops whether the bodies of loops are drawn, too @param isInside whether it is itself the body of one */
export const drawGraph = (body: Body, { opensLoops, loops = [], isInside = loops.length > 0 }: { opensLoops: boolean; loops?: readonly string[]; isInside?: boolean }): Drawing => {
  const graph = isInside ? withoutStart(buildGraph(body)) : buildGraph(body)
  const inner = new Map<string, Drawing>()
  for (const [id, node] of opensLoops ? graph.nodes : []) {
    const inside = bodyOf(node)
    if (inside) inner.set(id, drawGraph(inside, { opensLoops, loops: [...loops, id] }))
  }
  const sizes = new Map([...inner].map(([id, { width, height }]): [string, Size] => [id, { width: Math.max(width + 2 * PAD, LEAST_WIDTH), height: HEAD + height + PAD }]))
  const texts = graph.edges.map((edge) => labelOf(edge, graph))
  const placed = placeGraph(graph, texts, sizes)
  const boxes: Box[] = []
  const lines: Line[] = graph.edges.map((edge, index) => ({ loops, graph, edge, ...placed.edges[index]!, text: texts[index] ?? null }))
  // The keyboard goes through them as the eye does.
  const inSight = [...graph.nodes].map(([id, node]) => ({ id, node, at: placed.nodes.get(id) ?? { x: 0, y: 0 }, size: sizes.get(id) ?? NODE }))
  const row = ({ at, size }: { at: Point; size: Size }): number => Math.round(at.y + size.height / 2)
  for (const { id, node, at, size } of inSight.sort((a, b) => row(a) - row(b) || a.at.x - b.at.x)) {
    const inside = inner.get(id)
    boxes.push({ loops, graph, node, ...at, ...size, isOpen: inside !== undefined })
    if (!inside) continue
    const by = { x: at.x + (size.width - inside.width) / 2, y: at.y + HEAD }
    boxes.push(...inside.boxes.map((box) => shifted(box, by)))
    lines.push(...inside.lines.map((line) => shiftedLine(line, by)))
  }
  return { boxes, lines, width: placed.width, height: placed.height }
}
