import { arrivalsIn, type Arrivals } from './arrivals.ts'
import { recordIn } from './event-log.ts'
import type { Followers } from './followers.ts'
import type { Db } from './open.ts'

/**
 * Lets a run wait, unless an answer or a report has come while its worker was still busy: nobody would ever wake it then.
 * @param options.known activity runs whose answer or report the worker has, and cannot use yet
 * @returns null when the run waits, else everything that has come so far
 */
export const pauseRun = async (
  db: Db,
  followers: Followers,
  runId: string,
  event: { type: 'run.awaiting_input' | 'run.awaiting_external'; wakeAt: number | null },
  { fence, at, known = new Set() }: { fence: number; at: number; known?: ReadonlySet<string> },
): Promise<Arrivals | null> => {
  const arrivals = await db.write(async (tx) => {
    const found = await arrivalsIn(tx, runId)
    const came = [...found.reports.keys(), ...found.inputRequests.filter(({ status }) => status !== 'pending').map(({ activityRunId }) => activityRunId)]
    if (came.some((id) => !known.has(id))) return found
    await recordIn(tx, runId, [{ event }], { fence, at })
    return null
  })
  if (!arrivals) followers.wake(runId)
  return arrivals
}
