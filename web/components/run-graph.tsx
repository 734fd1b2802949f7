import '@xyflow/react/dist/base.css'
import { Controls, ReactFlow, ReactFlowProvider, useReactFlow, type Edge } from '@xyflow/react'
import { useEffect, useMemo, useRef } from 'react'
import { buildGraph } from '../../runner/model/graph.ts'
import type { ActivityRunJson, RunJson, WorkflowJson } from '../../server/wire.ts'
import { NODE, placeNodes } from '../graph-layout.ts'
import { lookAt } from '../graph-look.ts'
import { progressOf, wentAlong } from '../graph-progress.ts'
import { GraphNode, type GraphNodeType } from './graph-node.tsx'

type Props = { definition: WorkflowJson; run: RunJson; activityRuns: ActivityRunJson[]; onOpen: (stepId: string) => void }

const NODE_TYPES = { step: GraphNode }

const Flow = ({ definition, run, activityRuns, onOpen }: Props) => {
  const flow = useReactFlow()
  const box = useRef<HTMLDivElement>(null)
  const hasBeenMoved = useRef(false)
  const graph = useMemo(() => buildGraph(definition), [definition])
  const places = useMemo(() => placeNodes(graph), [graph])
  const progress = useMemo(() => progressOf(activityRuns), [activityRuns])

  const nodes = useMemo(
    () =>
      [...graph.nodes.values()].map((node): GraphNodeType => {
        const { identifier, title, config } = node
        const data = { title: title ?? identifier, type: config.type, progress: progress.get(identifier) }
        const label = `${data.title}${data.progress ? `, ${data.progress.status}` : ''}`
        return { id: identifier, type: 'step', position: places.get(identifier) ?? { x: 0, y: 0 }, data, width: NODE.width, height: NODE.height, ariaLabel: label, draggable: false, connectable: false, deletable: false }
      }),
    [graph, places, progress],
  )
  const edges = useMemo(
    () =>
      graph.edges.map((edge, index): Edge => {
        const isGone = wentAlong(edge, graph, progress, activityRuns)
        const label = edge.fallback ? 'otherwise' : edge.outlet
        return { id: String(index), source: edge.from, target: edge.to, className: isGone ? 'edge-gone' : 'edge', ...(label && { label }), focusable: false, deletable: false, selectable: false }
      }),
    [graph, progress, activityRuns],
  )

  // The node at work is kept in sight, until somebody looks elsewhere.
  const current = activityRuns.findLast(({ iteration, status }) => iteration === null && (status === 'running' || status === 'waiting'))?.stepId ?? run.error?.stepId ?? null
  const first = graph.nodes.keys().next().value ?? ''
  useEffect(() => {
    if (hasBeenMoved.current) return
    const place = places.get(current ?? (activityRuns.length > 0 && run.completedAt ? [...graph.nodes.keys()].at(-1)! : first))
    lookAt(flow, places, { at: place, isMiddle: current === null, height: box.current?.clientHeight ?? 0, width: box.current?.clientWidth ?? 0 })
    // It moves when another node is at work, and not whenever something changes.
  }, [current, places, flow])

  return (
    <div className="graph" ref={box}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        onNodeClick={(_event, { id }) => onOpen(id)}
        onMoveStart={(event) => {
          if (event) hasBeenMoved.current = true
        }}
        nodesDraggable={false}
        nodesConnectable={false}
        elementsSelectable
        onSelectionChange={({ nodes: [chosen] }) => chosen && onOpen(chosen.id)}
        zoomOnScroll={false}
        preventScrolling={false}
        minZoom={0.2}
        maxZoom={1.6}
        proOptions={{ hideAttribution: true }}
      >
        <Controls showInteractive={false} position="bottom-right" />
      </ReactFlow>
    </div>
  )
}

/** The graph of a run's workflow. A node that is chosen opens what it did last in the timeline. */
export default function RunGraph(props: Props) {
  return (
    <ReactFlowProvider>
      <Flow {...props} />
    </ReactFlowProvider>
  )
}
