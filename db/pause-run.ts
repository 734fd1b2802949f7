import { and, eq, inArray } from 'drizzle-orm'
import { recordIn, type Followers } from './event-log.ts'
import type { Db } from './open.ts'
import { activityRuns, inputRequests } from './schema.ts'
import type { InputRequestRow } from './take-run.ts'

/**
 * Lets a run wait, unless an answer has come while its worker was still busy: nobody would ever wake it then.
 * @returns the questions that were answered in the meantime; the run waits when there are none
 */
export const pauseRun = async (
  db: Db,
  followers: Followers,
  runId: string,
  event: { type: 'run.awaiting_input' | 'run.awaiting_external'; wakeAt: number | null },
  { fence, at }: { fence: number; at: number },
): Promise<InputRequestRow[]> => {
  const answered = await db.write(async (tx) => {
    const found = await tx
      .select({ request: inputRequests })
      .from(inputRequests)
      .innerJoin(activityRuns, eq(activityRuns.id, inputRequests.activityRunId))
      .where(and(eq(inputRequests.runId, runId), inArray(inputRequests.status, ['answered', 'expired']), eq(activityRuns.status, 'waiting')))
    if (found.length === 0) await recordIn(tx, runId, [{ event }], { fence, at })
    return found.map(({ request }) => request)
  })
  if (answered.length === 0) followers.wake(runId)
  return answered
}
