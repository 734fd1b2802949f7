import { useEffect, useMemo, useState } from 'react'
import type { ActivityRunJson, RunJson, WorkflowJson } from '../../server/wire.ts'
import { drawGraph, type Box } from '../graph-drawing.ts'
import { placeOf, progressOf, wentAlong } from '../graph-progress.ts'
import { iterationAt, loopAt, roundsIn, roundsOf, type Chosen, type Rounds } from '../graph-rounds.ts'
import { edgeOf, type GraphEdgeType } from './graph-edge.tsx'
import { GraphFrame } from './graph-frame.tsx'
import type { GraphLoopType, ShownRound } from './graph-loop.tsx'
import { GraphNode, type GraphNodeType } from './graph-node.tsx'

type Props = { definition: WorkflowJson; run: RunJson; activityRuns: ActivityRunJson[]; /** The activity run that the timeline shows. */ opened: string | null; onOpen: (activityRunId: string | null) => void }

const COMMON = { draggable: false, connectable: false, deletable: false, selectable: false }
const LABELS = { 'node.a11yDescription.default': 'Press Enter to see what it did.' }

/** The activity run that is worth a look: the one at work, the one that failed, or none. */
const inSight = (activityRuns: readonly ActivityRunJson[], { error }: RunJson): ActivityRunJson | undefined =>
  activityRuns.findLast(({ status, type }) => (status === 'running' || status === 'waiting') && type !== 'FOR_EACH' && type !== 'WHILE') ?? activityRuns.find(({ id }) => id === error?.activityRunId)

/** The rounds that are looked at: those of what failed or was opened, until others are chosen. Where none is, the newest are shown. */
const useRounds = (activityRuns: readonly ActivityRunJson[], rounds: Rounds, run: RunJson, opened: string | null) => {
  const [picked, setPicked] = useState<Chosen>(new Map())
  const failed = activityRuns.find(({ id }) => id === run.error?.activityRunId)?.iteration ?? null
  const shown = activityRuns.find(({ id }) => id === opened)?.iteration ?? null
  useEffect(() => {
    if (shown !== null) setPicked((known) => new Map([...known, ...roundsIn(shown)]))
  }, [shown])
  const chosen = useMemo<Chosen>(() => new Map([...roundsIn(failed), ...picked]), [failed, picked])
  const pick = (loop: string, round: number): void => {
    // Who goes to the newest one follows the loop again.
    const follows = run.error === null && round === rounds.get(loop)?.at(-1)
    setPicked((known) => new Map([...[...known].filter(([other]) => other !== loop), ...(follows ? [] : [[loop, round] as const])]))
  }
  return { chosen, pick }
}

/** The steps from one round of a loop to its neighbours. */
const shownRound = ({ loops, node }: Box, rounds: Rounds, chosen: Chosen, pick: (loop: string, round: number) => void): ShownRound | null => {
  const { place, round } = loopAt([...loops, node.identifier], rounds, chosen)
  const known = rounds.get(place) ?? []
  const at = known.indexOf(round ?? -1)
  if (round === undefined || at < 0) return null
  return { round, total: known.at(-1)! + 1, before: known[at - 1] ?? null, next: known[at + 1] ?? null, onShow: (to) => pick(place, to) }
}

/** The graph of a run's workflow. A node that is chosen opens what it did last in the timeline; of a loop one sees one round at a time. */
export default function RunGraph({ definition, run, activityRuns, opened, onOpen }: Props) {
  const drawing = useMemo(() => drawGraph(definition, { opensLoops: true }), [definition])
  const progress = useMemo(() => progressOf(activityRuns), [activityRuns])
  const rounds = useMemo(() => roundsOf(activityRuns), [activityRuns])
  const { chosen, pick } = useRounds(activityRuns, rounds, run, opened)

  const nodes = useMemo(
    () =>
      drawing.boxes.map((box): GraphNodeType | GraphLoopType => {
        const { identifier, title, config } = box.node
        const iteration = iterationAt(box.loops, rounds, chosen)
        const known = iteration === undefined ? undefined : progress.get(placeOf(iteration, identifier))
        const data = { title: title ?? identifier, type: config.type, progress: known, isOpened: known !== undefined && known.id === opened }
        const place = { id: identifier, position: { x: box.x, y: box.y }, width: box.width, height: box.height, zIndex: box.loops.length, ...COMMON }
        if (box.isOpen) return { ...place, type: 'loop', focusable: false, ariaRole: 'group', ariaLabel: title ?? identifier, data: { ...data, rounds: shownRound(box, rounds, chosen, pick), isButton: true } }
        return { ...place, type: 'step', ariaRole: 'button', data }
      }),
    // `pick` goes by the rounds.
    [drawing, progress, rounds, chosen, opened],
  )
  const edges = useMemo(
    () =>
      drawing.lines.map((line, index): GraphEdgeType => {
        const iteration = iterationAt(line.loops, rounds, chosen)
        return { ...edgeOf(line, index), className: iteration !== undefined && wentAlong(line, iteration, progress) ? 'edge-gone' : 'edge' }
      }),
    [drawing, progress, rounds, chosen],
  )
  const open = (id: string): void => {
    const found = nodes.find((node) => node.id === id)?.data.progress
    if (found) onOpen(found.id)
  }
  return (
    <GraphFrame
      drawing={drawing}
      nodes={nodes}
      edges={edges}
      nodeType={GraphNode}
      at={inSight(activityRuns, run)?.stepId ?? null}
      isLive
      isSnug
      onEnter={open}
      onNodeClick={(_event, { id }) => open(id)}
      ariaLabelConfig={LABELS}
      nodesConnectable={false}
      elementsSelectable={false}
      nodesFocusable
      zoomOnScroll={false}
      preventScrolling={false}
    />
  )
}
