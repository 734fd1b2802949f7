import '@xyflow/react/dist/base.css'
import { Controls, ReactFlow, ReactFlowProvider, useReactFlow } from '@xyflow/react'
import { useEffect, useMemo, useRef } from 'react'
import { buildGraph } from '../../runner/model/graph.ts'
import type { ActivityRunJson, RunJson, WorkflowJson } from '../../server/wire.ts'
import { NODE, placeGraph } from '../graph-layout.ts'
import { lookAt } from '../graph-look.ts'
import { progressOf, wentAlong } from '../graph-progress.ts'
import { GraphEdge, type GraphEdgeType } from './graph-edge.tsx'
import { GraphNode, type GraphNodeType } from './graph-node.tsx'

type Props = { definition: WorkflowJson; run: RunJson; activityRuns: ActivityRunJson[]; onOpen: (stepId: string) => void }

const NODE_TYPES = { step: GraphNode }
const EDGE_TYPES = { placed: GraphEdge }
const MARGIN = 24

/** The node that is worth a look: the one at work, the one that failed, or the first. */
const nodeInSight = (activityRuns: readonly ActivityRunJson[], { error }: RunJson): string | null =>
  activityRuns.findLast(({ iteration, status }) => iteration === null && (status === 'running' || status === 'waiting'))?.stepId ?? error?.stepId ?? null

const Flow = ({ definition, run, activityRuns, onOpen }: Props) => {
  const flow = useReactFlow()
  const box = useRef<HTMLDivElement>(null)
  const hasBeenMoved = useRef(false)
  const graph = useMemo(() => buildGraph(definition), [definition])
  const labels = useMemo(() => graph.edges.map(({ outlet, fallback }) => (fallback ? 'otherwise' : outlet)), [graph])
  const placed = useMemo(() => placeGraph(graph, labels), [graph, labels])
  const progress = useMemo(() => progressOf(activityRuns), [activityRuns])

  const nodes = useMemo(
    () =>
      [...graph.nodes.values()].map((node): GraphNodeType => {
        const { identifier, title, config } = node
        const data = { title: title ?? identifier, type: config.type, progress: progress.get(identifier) }
        return { id: identifier, type: 'step', position: placed.nodes.get(identifier) ?? { x: 0, y: 0 }, data, width: NODE.width, height: NODE.height, ariaRole: 'button' as const, draggable: false, connectable: false, deletable: false }
      }),
    [graph, placed, progress],
  )
  const edges = useMemo(
    () =>
      graph.edges.map((edge, index): GraphEdgeType => {
        const className = wentAlong(edge, graph, progress, activityRuns) ? 'edge-gone' : 'edge'
        return { id: String(index), type: 'placed', source: edge.from, target: edge.to, className, data: { placed: placed.edges[index]!, text: labels[index] ?? null }, focusable: false, deletable: false, selectable: false }
      }),
    [graph, placed, labels, progress, activityRuns],
  )

  const inSight = nodeInSight(activityRuns, run)
  useEffect(() => {
    // Until somebody looks elsewhere.
    if (hasBeenMoved.current) return
    lookAt(flow, placed.nodes, { at: placed.nodes.get(inSight ?? '') ?? [...placed.nodes.values()][0], isMiddle: false, height: box.current?.clientHeight ?? 0, width: box.current?.clientWidth ?? 0 })
  }, [inSight, placed, flow])

  return (
    <div
      className="graph"
      ref={box}
      style={{ maxHeight: placed.height + 2 * MARGIN }}
      onKeyDown={({ key, target }) => {
        const id = (target as HTMLElement).closest<HTMLElement>('.react-flow__node')?.dataset.id
        if (id && (key === 'Enter' || key === ' ')) onOpen(id)
      }}
    >
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodeClick={(_event, { id }) => onOpen(id)}
        onMoveStart={(event) => {
          if (event) hasBeenMoved.current = true
        }}
        nodesDraggable={false}
        nodesConnectable={false}
        elementsSelectable={false}
        nodesFocusable
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
