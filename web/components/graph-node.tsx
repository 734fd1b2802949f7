import { Handle, Position, type Node, type NodeProps } from '@xyflow/react'
import { memo } from 'react'
import { NODE } from '../graph-layout.ts'
import type { NodeProgress } from '../graph-progress.ts'
import { GraphLabel } from './graph-label.tsx'

export type GraphNodeData = { title: string; type: string; progress: NodeProgress | undefined; /** Its activity run is open in the timeline. */ isOpened: boolean }
export type GraphNodeType = Node<GraphNodeData, 'step'>

/** A node of a workflow, and what has become of it in a run. */
const View = ({ data: { title, type, progress, isOpened } }: NodeProps<GraphNodeType>) => (
  <div className="graph-node" data-status={progress?.status ?? 'none'} data-opened={isOpened || undefined} style={NODE}>
    <Handle type="target" position={Position.Top} isConnectable={false} />
    <GraphLabel title={title} type={type} progress={progress} />
    <Handle type="source" position={Position.Bottom} isConnectable={false} />
  </div>
)

export const GraphNode = memo(View)
