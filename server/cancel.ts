import { z } from 'zod'
import { cancelRun, isAtNode, openChildren } from '../db/end-run.ts'
import { getRun } from '../db/runs.ts'
import { problem } from '../runner/model/problem.ts'
import type { RunState } from '../runner/model/run.ts'
import { assertManages, viewerOf, type Caller } from './caller.ts'
import type { Services } from './start.ts'

export const reasonField = z.string().max(500).optional().meta({ description: 'Shown as the error of the run.' })

/** `letFinish`: the node that executes may come to its end, as Port has it; nothing after it begins. */
type CancelHow = { reason?: string | undefined; force?: boolean | undefined; letFinish?: boolean | undefined }

/**
 * Cancels one run: what waits ends at once, what executes is told to stop.
 * @throws Problem `not_found`, also when it is hidden from the caller; `not_allowed` when it is somebody else's
 */
export const cancel = async (
  services: Services,
  caller: Caller,
  runId: string,
  { reason = 'Cancelled by request.', force = false, letFinish = false }: CancelHow,
): Promise<{ type: 'cancelled' | 'final'; state: RunState }> => {
  const { db, followers, engine, clock } = services
  assertManages(caller, (await getRun(db, viewerOf(caller), runId)).run)
  const outcome = await cancelRun(db, followers, runId, { reason, force, at: clock.now() })
  if (outcome.type === 'final') return { type: 'final', state: outcome.state }
  if (outcome.type === 'cancelled' || !letFinish || !(await isAtNode(db, runId))) await engine.cancel(runId, { force })
  if (outcome.type === 'cancelled') for (const woken of outcome.woken) await engine.poke(woken)
  for (const child of await openChildren(db, runId)) await cancelUnasked(services, child, { reason, force })
  return { type: 'cancelled', state: outcome.run.state }
}

/** Cancels a run without asking who wants it, and what it waits for, however deep. */
export const cancelUnasked = async (services: Pick<Services, 'db' | 'followers' | 'engine' | 'clock'>, runId: string, how: { reason: string; force: boolean }): Promise<void> => {
  const { db, followers, engine, clock } = services
  const outcome = await cancelRun(db, followers, runId, { ...how, at: clock.now() })
  if (outcome.type === 'final') return
  await engine.cancel(runId, how)
  if (outcome.type === 'cancelled') for (const woken of outcome.woken) await engine.poke(woken)
  for (const child of await openChildren(db, runId)) await cancelUnasked(services, child, how)
}

/** @throws Problem `conflict` when the run has ended */
export const cancelOpen = async (services: Services, caller: Caller, runId: string, body: CancelHow): Promise<void> => {
  const { type, state } = await cancel(services, caller, runId, body)
  if (type === 'final') throw problem('conflict', `The run has ended already: ${state}.`)
}
