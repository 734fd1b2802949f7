import { Handle, Position, type Node, type NodeProps } from '@xyflow/react'
import { memo } from 'react'
import { StepIcon } from '../components/step-icon.tsx'
import { NODE } from '../graph-layout.ts'

export type EditNodeData = { title: string; type: string; faults: number; isEditable: boolean; isLoop: boolean; isTrigger: boolean }
export type EditNodeType = Node<EditNodeData, 'step'>

const faultWords = (count: number): string => (count === 1 ? '1 fault' : `${count} faults`)

/** A node of a workflow as it is written. */
const View = ({ data: { title, type, faults, isEditable, isLoop, isTrigger }, selected }: NodeProps<EditNodeType>) => (
  <div className="graph-node edit-node" data-selected={selected || undefined} data-faulty={faults > 0 || undefined} data-editable={isEditable || undefined} data-loop={isLoop || undefined} style={{ width: NODE.width, height: NODE.height }}>
    <Handle type="target" position={Position.Top} isConnectable={isEditable && !isTrigger} />
    <StepIcon type={type} />
    <span className="graph-text">
      <span className="graph-title" title={title}>
        {title}
      </span>
      <span className="graph-status">{faults > 0 ? <span className="graph-faults">{faultWords(faults)}</span> : type.toLowerCase().replaceAll('_', ' ')}</span>
    </span>
    <Handle type="source" position={Position.Bottom} isConnectable={isEditable} />
  </div>
)

export const EditNode = memo(View)
