import { z } from 'zod'
import { cancelRun, isAtNode, type CancelOutcome } from '../db/end-run.ts'
import { getRun } from '../db/runs.ts'
import { problem } from '../runner/model/problem.ts'
import { assertManages, viewerOf, type Caller } from './caller.ts'
import type { Services } from './start.ts'

export const reasonField = z.string().max(500).optional().meta({ description: 'Shown as the error of the run.' })

/** `letFinish`: the node that executes may come to its end, as Port has it; nothing after it begins. */
type CancelHow = { reason?: string | undefined; force?: boolean | undefined; letFinish?: boolean | undefined }

/**
 * Cancels one run: what waits ends at once, what executes is told to stop.
 * @throws Problem `not_found`, also when it is hidden from the caller; `not_allowed` when it is somebody else's
 */
export const cancel = async (services: Services, caller: Caller, runId: string, { reason = 'Cancelled by request.', ...how }: CancelHow): Promise<CancelOutcome> => {
  assertManages(caller, (await getRun(services.db, viewerOf(caller), runId)).run)
  return cancelUnasked(services, runId, { reason, ...how })
}

/** The same without asking who wants it. What the run waits for is cancelled after it (orphans.ts). */
export const cancelUnasked = async (
  { db, followers, engine, clock }: Pick<Services, 'db' | 'followers' | 'engine' | 'clock'>,
  runId: string,
  { reason, force = false, letFinish = false }: CancelHow & { reason: string },
): Promise<CancelOutcome> => {
  const outcome = await cancelRun(db, followers, runId, { reason, force, at: clock.now() })
  if (outcome.type === 'final') return outcome
  if (outcome.type === 'cancelled' || !letFinish || !(await isAtNode(db, runId))) await engine.cancel(runId, { force })
  if (outcome.type === 'cancelled') for (const woken of outcome.woken) await engine.poke(woken)
  return outcome
}

/** @throws Problem `conflict` when the run has ended */
export const cancelOpen = async (services: Services, caller: Caller, runId: string, body: CancelHow): Promise<void> => {
  const outcome = await cancel(services, caller, runId, body)
  if (outcome.type === 'final') throw problem('conflict', `The run has ended already: ${outcome.state}.`)
}
