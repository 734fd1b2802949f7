import { Handle, Position, type Node, type NodeProps } from '@xyflow/react'
import { memo } from 'react'
import { NODE } from '../graph-layout.ts'
import type { NodeProgress } from '../graph-progress.ts'
import { GraphStatus } from './graph-status.tsx'
import { StepIcon } from './step-icon.tsx'

export type GraphNodeData = { title: string; type: string; progress: NodeProgress | undefined; /** Its activity run is open in the timeline. */ isOpened: boolean }
export type GraphNodeType = Node<GraphNodeData, 'step'>

/** A node of a workflow, and what has become of it in a run. */
const View = ({ data: { title, type, progress, isOpened } }: NodeProps<GraphNodeType>) => (
  <div className="graph-node" data-status={progress?.status ?? 'none'} data-opened={isOpened || undefined} style={NODE}>
    <Handle type="target" position={Position.Top} isConnectable={false} />
    <StepIcon type={type} />
    <span className="graph-text">
      <span className="graph-title" title={title}>
        {title}
      </span>
      <GraphStatus type={type} progress={progress} />
    </span>
    <Handle type="source" position={Position.Bottom} isConnectable={false} />
  </div>
)

export const GraphNode = memo(View)
