import { Handle, Position, type Node, type NodeProps } from '@xyflow/react'
import { memo } from 'react'
import { NODE } from '../graph-layout.ts'
import type { NodeProgress } from '../graph-progress.ts'
import { ACTIVITY_WORDS } from '../words.ts'
import { StepIcon } from './step-icon.tsx'
import { Lasting } from './time.tsx'

export type GraphNodeData = { title: string; type: string; progress: NodeProgress | undefined }
export type GraphNodeType = Node<GraphNodeData, 'step'>

const notesOf = ({ attempts, rounds }: NodeProgress): string => [rounds > 0 ? `${rounds} ${rounds === 1 ? 'round' : 'rounds'}` : '', attempts > 1 ? `attempt ${attempts}` : ''].filter(Boolean).join(' · ')

/** A node of a workflow, and what has become of it in a run. */
const View = ({ data: { title, type, progress } }: NodeProps<GraphNodeType>) => {
  const notes = progress ? notesOf(progress) : ''
  return (
    <div className="graph-node" data-status={progress?.status ?? 'none'} style={{ width: NODE.width, height: NODE.height }}>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <StepIcon type={type} />
      <span className="graph-text">
        <span className="graph-title" title={title}>
          {title}
        </span>
        <span className="graph-status">
          {progress ? (
            <>
              {ACTIVITY_WORDS[progress.status]}
              {progress.status !== 'skipped' && progress.startedAt && (
                <>
                  {' · '}
                  <Lasting from={progress.startedAt} to={progress.completedAt} />
                </>
              )}
              {notes && ` · ${notes}`}
            </>
          ) : (
            type.toLowerCase().replaceAll('_', ' ')
          )}
        </span>
      </span>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  )
}

export const GraphNode = memo(View)
