import { BaseEdge, type Edge, type EdgeProps } from '@xyflow/react'
import type { Line } from '../graph-drawing.ts'
import { roundLine } from '../graph-layout.ts'

export type GraphEdgeType = Edge<{ line: Line }, 'placed'>

/** An edge where the layout has put it: React Flow itself would draw it straight through other nodes. */
export const GraphEdge = ({ id, data, sourceX, sourceY, targetX, targetY }: EdgeProps<GraphEdgeType>) => {
  if (!data) return null
  const { points, label, text } = data.line
  const path = roundLine([{ x: sourceX, y: sourceY }, ...points.slice(1, -1), { x: targetX, y: targetY }])
  return <BaseEdge id={id} path={path} {...(text && { label: text, labelX: label.x, labelY: label.y, labelBgPadding: [5, 2] as [number, number], labelBgBorderRadius: 4 })} />
}

/** What React Flow needs to know of a line. Inside of loops lines stand above the loop. */
export const edgeOf = (line: Line, index: number): GraphEdgeType => ({
  id: String(index),
  type: 'placed',
  source: line.edge.from,
  target: line.edge.to,
  data: { line },
  zIndex: line.loops.length,
  deletable: false,
  selectable: false,
  focusable: false,
})
