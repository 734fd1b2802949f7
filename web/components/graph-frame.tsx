import '@xyflow/react/dist/base.css'
import { Controls, ReactFlow, ReactFlowProvider, useReactFlow, type Node, type NodeTypes, type ReactFlowProps } from '@xyflow/react'
import { useElementSize } from '@mantine/hooks'
import { useEffect, useMemo, useRef } from 'react'
import type { Drawing } from '../graph-drawing.ts'
import { lookAt, zoomFor } from '../graph-look.ts'
import { GraphEdge, type GraphEdgeType } from './graph-edge.tsx'
import { GraphLoop } from './graph-loop.tsx'

type Props<N extends Node> = Omit<ReactFlowProps<N, GraphEdgeType>, 'nodes' | 'edges' | 'nodeTypes' | 'edgeTypes' | 'onKeyDown'> & {
  drawing: Drawing
  /** In the order of the drawing's boxes. */
  nodes: N[]
  edges: GraphEdgeType[]
  /** How a node is drawn that is no open loop. */
  nodeType: NodeTypes[string]
  /** Where to look when nodes come or go. */
  at: string | null
  /** Follows that as it changes, until somebody looks elsewhere. */
  isLive?: boolean
  /** Is no higher than what is in it. */
  isSnug?: boolean
  onEnter?: (node: string) => void
}

const EDGE_TYPES = { placed: GraphEdge }
const MARGIN = 24

const Frame = <N extends Node>({ drawing, nodes, edges, nodeType, at, isLive = false, isSnug = false, onEnter, children, ...rest }: Props<N>) => {
  const flow = useReactFlow()
  const { ref: box, width, height } = useElementSize<HTMLDivElement>()
  const hasBeenMoved = useRef(false)
  const nodeTypes = useMemo(() => ({ step: nodeType, loop: GraphLoop }), [nodeType])
  const shape = drawing.boxes.map(({ node }) => node.identifier).join()
  const seen = useRef<string | null>(null)
  useEffect(() => {
    // Behind another view there is nothing to look through.
    if (width === 0) return
    const isOther = seen.current !== shape
    if (hasBeenMoved.current && (isLive || !isOther)) return
    lookAt(flow, drawing, at, { width, height }, { isSmooth: seen.current !== null })
    seen.current = shape
  }, [shape, isLive ? at : null, flow, width, height])
  return (
    <div
      className="graph"
      ref={box}
      style={isSnug ? { maxHeight: drawing.height * zoomFor(drawing, width) + 2 * MARGIN } : undefined}
      onKeyDown={({ key, target }) => {
        const { classList, dataset } = target as HTMLElement
        // Buttons inside of a node speak for themselves.
        if (dataset.id !== undefined && classList.contains('react-flow__node') && (key === 'Enter' || key === ' ')) onEnter?.(dataset.id)
      }}
    >
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={EDGE_TYPES}
        nodesDraggable={false}
        minZoom={0.2}
        maxZoom={1.6}
        proOptions={{ hideAttribution: true }}
        onMoveStart={(event) => {
          if (event) hasBeenMoved.current = true
        }}
        {...rest}
      >
        <Controls showInteractive={false} position="top-right" />
        {children}
      </ReactFlow>
    </div>
  )
}

/** What all graphs have in common: React Flow, set up to show a drawing that is worked out elsewhere. */
export const GraphFrame = <N extends Node>(props: Props<N>) => (
  <ReactFlowProvider>
    <Frame {...props} />
  </ReactFlowProvider>
)
