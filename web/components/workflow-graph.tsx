import { useMemo } from 'react'
import { isLoop, isTrigger } from '../../runner/model/node-kind.ts'
import type { Edge } from '../../runner/model/graph.ts'
import { drawable } from '../editor/edit-body.ts'
import { EditNode, type EditNodeType } from '../editor/edit-node.tsx'
import { drawGraph } from '../graph-drawing.ts'
import { edgeOf, type GraphEdgeType } from './graph-edge.tsx'
import { GraphFrame } from './graph-frame.tsx'
import type { GraphLoopType } from './graph-loop.tsx'

/** What can be done in it; without it, it is only looked at. */
export type GraphActions = {
  onSelect: (identifier: string) => void
  onConnect: (from: string, to: string) => void
  onRemove: (nodes: string[], edges: Edge[]) => void
  /** Into a loop. */
  onEnter: (identifier: string) => void
}

type Props = { body: unknown; /** It is the inside of a loop. */ isInside?: boolean; selected?: string | null; faults?: ReadonlyMap<string, number>; actions?: GraphActions }

/** The graph of a workflow, or of the inside of a loop. Where nodes stand is worked out, and never kept. Loops are open where one only looks. */
export default function WorkflowGraph({ body, isInside = false, selected = null, faults, actions }: Props) {
  const isEditable = actions !== undefined
  const drawing = useMemo(() => drawGraph(drawable(body), { opensLoops: !isEditable, isInside }), [body, isEditable, isInside])
  const written = useMemo(() => new Set(isEditable ? drawable(body).nodes.map(({ identifier }) => identifier) : []), [body, isEditable])

  const nodes = useMemo(
    () =>
      drawing.boxes.map((box): EditNodeType | GraphLoopType => {
        const { identifier, title, config } = box.node
        const isWritten = written.has(identifier)
        const count = faults?.get(identifier) ?? 0
        const name = title || identifier
        const place = { id: identifier, position: { x: box.x, y: box.y }, width: box.width, height: box.height, zIndex: box.loops.length, draggable: false }
        if (box.isOpen) return { ...place, type: 'loop', focusable: false, selectable: false, data: { title: name, type: config.type, progress: undefined, rounds: null, isOpened: false, isButton: false } }
        return {
          ...place,
          type: 'step',
          selected: identifier === selected,
          ariaLabel: `${name}${count > 0 ? `, ${count} faults` : ''}`,
          connectable: isWritten,
          deletable: isWritten,
          selectable: isWritten,
          data: { title: name, type: config.type, faults: count, isEditable: isWritten, isLoop: isLoop(config.type), isTrigger: isTrigger(box.node) },
        }
      }),
    [drawing, faults, selected, written],
  )
  const edges = useMemo(
    () =>
      drawing.lines.map((line, index): GraphEdgeType => {
        const isWritten = written.has(line.edge.from)
        return { ...edgeOf(line, index), deletable: isWritten, selectable: isWritten, focusable: isWritten, ariaLabel: `From ${line.edge.from} to ${line.edge.to}` }
      }),
    [drawing, written],
  )
  return (
    <GraphFrame
      drawing={drawing}
      nodes={nodes}
      edges={edges}
      nodeType={EditNode}
      at={selected}
      isSnug={!isEditable}
      onNodesChange={(changes) => {
        for (const change of changes) if (change.type === 'select' && change.selected) actions?.onSelect(change.id)
      }}
      onNodeDoubleClick={(_event, { id, data }) => 'isLoop' in data && data.isLoop && actions?.onEnter(id)}
      onConnect={({ source, target }) => actions?.onConnect(source, target)}
      onDelete={({ nodes: gone, edges: cut }) => actions?.onRemove(gone.map(({ id }) => id), gone.length > 0 ? [] : cut.flatMap(({ data }) => data?.line.edge ?? []))}
      deleteKeyCode={isEditable ? ['Delete', 'Backspace'] : null}
      nodesConnectable={isEditable}
      elementsSelectable={isEditable}
      connectionRadius={30}
      zoomOnScroll={isEditable}
      zoomOnDoubleClick={false}
      preventScrolling={isEditable}
    />
  )
}
