import '@xyflow/react/dist/base.css'
import { Controls, ReactFlow, ReactFlowProvider, useReactFlow } from '@xyflow/react'
import { useEffect, useMemo, useRef } from 'react'
import { isLoop, isTrigger } from '../../runner/model/node-kind.ts'
import type { Edge } from '../../runner/model/graph.ts'
import { NODE, placeGraph } from '../graph-layout.ts'
import { lookAt } from '../graph-look.ts'
import { drawable, graphOf, outletsOf } from '../editor/edit-body.ts'
import { EditNode, type EditNodeType } from '../editor/edit-node.tsx'
import { GraphEdge, type GraphEdgeType } from './graph-edge.tsx'

/** What can be done in it; without it, it is only looked at. */
export type GraphActions = {
  onSelect: (identifier: string) => void
  onConnect: (from: string, to: string) => void
  onRemove: (nodes: string[], edges: Edge[]) => void
  /** Into a loop. */
  onEnter: (identifier: string) => void
}

type Props = { body: unknown; selected?: string | null; faults?: ReadonlyMap<string, number>; actions?: GraphActions }

const NODE_TYPES = { step: EditNode }
const EDGE_TYPES = { placed: GraphEdge }

const Flow = ({ body, selected = null, faults, actions }: Props) => {
  const flow = useReactFlow()
  const box = useRef<HTMLDivElement>(null)
  const graph = useMemo(() => graphOf(body), [body])
  const labels = useMemo(
    () =>
      graph.edges.map((edge) => {
        const source = graph.nodes.get(edge.from)
        return edge.fallback ? 'otherwise' : ((source && outletsOf(source).find(({ identifier }) => identifier === edge.outlet)?.title) ?? edge.outlet)
      }),
    [graph],
  )
  const placed = useMemo(() => placeGraph(graph, labels), [graph, labels])
  const places = placed.nodes
  const written = useMemo(() => new Set(drawable(body).nodes.map(({ identifier }) => identifier)), [body])
  const isEditable = actions !== undefined

  const nodes = useMemo(
    () =>
      [...graph.nodes.values()].map((node): EditNodeType => {
        const { identifier, title, config } = node
        const isWritten = written.has(identifier)
        const count = faults?.get(identifier) ?? 0
        const data = { title: title || identifier, type: config.type, faults: count, isEditable: isEditable && isWritten, isLoop: isLoop(config.type), isTrigger: isTrigger(node) }
        return {
          id: identifier,
          type: 'step',
          position: places.get(identifier) ?? { x: 0, y: 0 },
          data,
          width: NODE.width,
          height: NODE.height,
          selected: identifier === selected,
          ariaLabel: `${data.title}${count > 0 ? `, ${count} faults` : ''}`,
          draggable: false,
          connectable: isEditable && isWritten,
          deletable: isEditable && isWritten,
          selectable: isEditable && isWritten,
        }
      }),
    [graph, places, faults, selected, written, isEditable],
  )
  const edges = useMemo(
    () =>
      graph.edges.map((edge, index): GraphEdgeType => {
        const data = { placed: placed.edges[index]!, text: labels[index] ?? null }
        const isWritten = written.has(edge.from)
        return { id: String(index), type: 'placed', source: edge.from, target: edge.to, data, deletable: isEditable && isWritten, selectable: isEditable && isWritten, focusable: isEditable && isWritten, ariaLabel: `From ${edge.from} to ${edge.to}` }
      }),
    [graph, placed, labels, written, isEditable],
  )

  const first = graph.nodes.keys().next().value ?? ''
  const shape = [...places.keys()].join()
  useEffect(() => {
    lookAt(flow, places, { at: places.get(selected ?? first), isMiddle: false, height: box.current?.clientHeight ?? 0, width: box.current?.clientWidth ?? 0 })
    // It moves when nodes come or go, and not because one is chosen that can be seen.
  }, [shape, flow])

  return (
    <div className="graph" ref={box}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodesChange={(changes) => {
          for (const change of changes) if (change.type === 'select' && change.selected) actions?.onSelect(change.id)
        }}
        onNodeDoubleClick={(_event, { id, data }) => data.isLoop && actions?.onEnter(id)}
        onConnect={({ source, target }) => actions?.onConnect(source, target)}
        onDelete={({ nodes: gone, edges: cut }) => actions?.onRemove(gone.map(({ id }) => id), gone.length > 0 ? [] : cut.flatMap(({ id }) => graph.edges[Number(id)] ?? []))}
        deleteKeyCode={isEditable ? ['Delete', 'Backspace'] : null}
        nodesDraggable={false}
        nodesConnectable={isEditable}
        elementsSelectable={isEditable}
        connectionRadius={30}
        zoomOnScroll={isEditable}
        zoomOnDoubleClick={false}
        preventScrolling={isEditable}
        minZoom={0.2}
        maxZoom={1.6}
        proOptions={{ hideAttribution: true }}
      >
        <Controls showInteractive={false} position="bottom-right" />
      </ReactFlow>
    </div>
  )
}

/** The graph of a workflow, or of the inside of a loop. Where nodes stand is worked out, and never kept. */
export default function WorkflowGraph(props: Props) {
  return (
    <ReactFlowProvider>
      <Flow {...props} />
    </ReactFlowProvider>
  )
}
