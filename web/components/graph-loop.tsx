import { Handle, Position, type Node, type NodeProps } from '@xyflow/react'
import { ChevronLeft as IconBefore, ChevronRight as IconNext } from 'lucide-react'
import { memo } from 'react'
import type { NodeProgress } from '../graph-progress.ts'
import { GraphLabel } from './graph-label.tsx'

/** The round that is shown, of those that are known; `total` counts those that are not there any more, too. */
export type ShownRound = { round: number; total: number; before: number | null; next: number | null; onShow: (round: number) => void }

export type GraphLoopData = { title: string; type: string; progress: NodeProgress | undefined; rounds: ShownRound | null; isOpened: boolean; /** Whether it can be asked what it did. */ isButton: boolean }
export type GraphLoopType = Node<GraphLoopData, 'loop'>

const Rounds = ({ title, round, total, before, next, onShow }: ShownRound & { title: string }) => {
  const step = (label: string, to: number | null, Icon: typeof IconBefore) => (
    <button type="button" className="graph-round nopan" aria-label={label} disabled={to === null} onClick={(event) => (event.stopPropagation(), to !== null && onShow(to))}>
      <Icon size={14} aria-hidden />
    </button>
  )
  return (
    <span className="graph-rounds" role="group" aria-label={`Rounds of ${title}`}>
      {step('The round before', before, IconBefore)}
      <span className="figures" aria-live="polite">
        <span className="sr-only">Round </span>
        {round + 1} of {total}
      </span>
      {step('The next round', next, IconNext)}
    </span>
  )
}

/** A loop around what it runs in each round. What is inside stands on it as nodes of their own. */
const View = ({ data: { title, type, progress, rounds, isOpened, isButton }, width, height }: NodeProps<GraphLoopType>) => {
  const name = <GraphLabel title={title} type={type} progress={progress} />
  return (
    <div className="graph-loop" data-status={isButton ? (progress?.status ?? 'none') : undefined} data-opened={isOpened || undefined} style={{ width, height }}>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <div className="graph-loop-head">
        {isButton ? (
          <button type="button" className="graph-loop-name nopan">
            {name}
          </button>
        ) : (
          <span className="graph-loop-name">{name}</span>
        )}
        {rounds && <Rounds title={title} {...rounds} />}
      </div>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  )
}

export const GraphLoop = memo(View)
