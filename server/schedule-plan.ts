import type { CatchUp, Overlap } from '../runner/model/schedule.ts'

/** What a schedule starts of the times that have come, what it keeps for later, and what it lets go. */

/** A time that was missed by no more than this has not been missed: the server was busy, or started anew. */
export const GRACE_MS = 60_000
/** So many missed times are made up for, and so many wait in a queue; the rest is let go. */
export const MOST = 100

export type Plan = { start: number[]; queued: number[]; skipped: number[] }

/**
 * @param due the times that have come since it was looked at last, oldest first, in milliseconds since 1970
 * @param queued those of before that wait for an end
 * @param isOpen whether what it started last has not ended
 */
export const planStarts = ({ overlap, catchUp, queued, due, isOpen, now }: { overlap: Overlap; catchUp: CatchUp; queued: readonly number[]; due: readonly number[]; isOpen: boolean; now: number }): Plan => {
  const isLate = (time: number): boolean => now - time > GRACE_MS
  const wanted = catchUp === 'all' ? due.slice(-MOST) : due.slice(-1).filter((time) => catchUp === 'latest' || !isLate(time))
  if (overlap === 'allow') return { start: [...queued, ...wanted], queued: [], skipped: [] }
  // Whoever wants every missed time made up for gets them one after the other.
  const kept = overlap === 'queue' ? wanted : wanted.filter((time) => catchUp === 'all' && isLate(time))
  const line = [...queued, ...kept]
  if (line.length === 0 && !isOpen) line.push(...wanted.slice(0, 1))
  const start = isOpen ? [] : line.slice(0, 1)
  const waiting = line.slice(start.length)
  const stays = waiting.slice(0, MOST)
  return { start, queued: stays, skipped: wanted.filter((time) => !start.includes(time) && !stays.includes(time)) }
}
