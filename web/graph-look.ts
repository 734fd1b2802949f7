import type { useReactFlow } from '@xyflow/react'
import { NODE, type Point } from './graph-layout.ts'

const READABLE_ZOOM = 0.85
const MOVE_MS = 250

/**
 * Shows all of a graph where that can be read, else the part around a node.
 * @param at where to look; the middle of a part without one
 * @param height of what it is seen through, in pixels; `width` likewise
 */
export const lookAt = (flow: ReturnType<typeof useReactFlow>, places: ReadonlyMap<string, Point>, { at, isMiddle, height, width }: { at: Point | undefined; isMiddle: boolean; height: number; width: number }): void => {
  const tops = [...places.values()].map(({ y }) => y + NODE.height)
  const lefts = [...places.values()].map(({ x }) => x)
  const all = Math.max(...tops)
  if (!at || all * READABLE_ZOOM <= height) return void flow.fitView({ maxZoom: 1, padding: 0.06, duration: MOVE_MS })
  const [left, right] = [Math.min(...lefts), Math.max(...lefts) + NODE.width]
  const middle = isMiddle || (right - left) * READABLE_ZOOM <= width ? (left + right) / 2 : at.x + NODE.width / 2
  const half = height / 2 / READABLE_ZOOM
  const y = Math.min(Math.max(at.y + NODE.height / 2, half - 12), all - half + 12)
  void flow.setCenter(middle, y, { zoom: READABLE_ZOOM, duration: MOVE_MS })
}
