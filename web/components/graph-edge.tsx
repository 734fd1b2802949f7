import { BaseEdge, type Edge, type EdgeProps } from '@xyflow/react'
import { roundLine, type Placed } from '../graph-layout.ts'

export type GraphEdgeType = Edge<{ placed: Placed['edges'][number]; text: string | null }, 'placed'>

/** An edge where the layout has put it: React Flow itself would draw it straight through other nodes. */
export const GraphEdge = ({ id, data, sourceX, sourceY, targetX, targetY }: EdgeProps<GraphEdgeType>) => {
  if (!data) return null
  const { placed, text } = data
  const path = roundLine([{ x: sourceX, y: sourceY }, ...placed.points.slice(1, -1), { x: targetX, y: targetY }])
  return <BaseEdge id={id} path={path} {...(text && { label: text, labelX: placed.label.x, labelY: placed.label.y, labelBgPadding: [5, 2] as [number, number], labelBgBorderRadius: 4 })} />
}
