import type { useReactFlow } from '@xyflow/react'
import type { Drawing } from './graph-drawing.ts'
import type { Size } from './graph-layout.ts'

const READABLE_ZOOM = 0.85
/** Where that shows all of its width. */
const LEAST_ZOOM = 0.7
/** Those who do not want things to move see where they have got to. */
const moveMs = (): number => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 250)
/** Left free around what is seen whole. */
const MARGIN = 16

/** How large a graph is drawn whose whole width is to be seen. @param width of what it is seen through, in pixels; 0 while that is not known */
export const zoomFor = ({ width: all }: Pick<Size, 'width'>, width: number): number => (width === 0 ? 1 : Math.min(1, Math.max(LEAST_ZOOM, width / (all + 2 * MARGIN))))

/** Where to look in one direction: at the middle of all when all of it can be seen, else at a place, but never past an end. */
const within = (at: number, all: number, seen: number): number => (all <= seen ? all / 2 : Math.min(Math.max(at, seen / 2 - MARGIN), all - seen / 2 + MARGIN))

/**
 * Shows all of a graph where that can be read, else the part around a node.
 * @param node where to look; the first one without it
 * @param frame what it is seen through, in pixels
 * @param isSmooth whether one sees the way from where one looked before
 */
export const lookAt = (flow: ReturnType<typeof useReactFlow>, { boxes, width, height }: Drawing, node: string | null, frame: Size, { isSmooth }: { isSmooth: boolean }): void => {
  const duration = isSmooth ? moveMs() : 0
  const box = boxes.find(({ node: { identifier } }) => identifier === node) ?? boxes[0]
  if (!box || ((height + 2 * MARGIN) * READABLE_ZOOM <= frame.height && (width + 2 * MARGIN) * READABLE_ZOOM <= frame.width)) return void flow.fitView({ maxZoom: 1, padding: 0.06, duration })
  const zoom = Math.min(READABLE_ZOOM, zoomFor({ width }, frame.width))
  const seen = { width: frame.width / zoom, height: frame.height / zoom }
  // Of a loop that is larger than the frame, its head.
  const middle = Math.min(box.y + box.height / 2, box.y + seen.height / 2)
  void flow.setCenter(within(box.x + box.width / 2, width, seen.width), within(middle, height, seen.height), { zoom, duration })
}
