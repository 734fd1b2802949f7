import { createRun } from '../db/create-run.ts'
import { nextScheduleAt, schedulesToLookAt, setNextAt } from '../db/workflow-triggers.ts'
import { getWorkflow } from '../db/workflows.ts'
import { latestTime, nextTime } from '../runner/cron.ts'
import { Problem } from '../runner/model/problem.ts'
import { scheduleTriggerOf } from '../runner/model/triggers.ts'
import { newRun } from '../runner/new-run.ts'
import { sleep } from '../runner/sleep.ts'
import type { Services } from './start.ts'

/**
 * Starts runs at the times of schedule triggers: once for each time, and after a stop of the server once for the latest of those that were
 * missed.
 */

/** Where the scheduler is woken, in the place of a run's id. */
export const SCHEDULES = 'schedules'
/** Schedules that are saved meanwhile are found by looking. */
const LOOK_MS = 1_000
/** Later than any time that a schedule gives. */
const NEVER = 8.64e15

type Tools = Pick<Services, 'db' | 'followers' | 'seal' | 'engine' | 'clock' | 'logger'>
type Due = Awaited<ReturnType<typeof schedulesToLookAt>>[number]

/** Starts the run of a time that has come. */
const fire = async ({ db, followers, seal, engine, clock }: Tools, { org, workflowId, nodeId }: Due, time: number): Promise<void> => {
  const stored = await getWorkflow(db, org, workflowId)
  const node = stored.definition.nodes.find(({ identifier }) => identifier === nodeId)
  const trigger = node && scheduleTriggerOf(node)
  if (!trigger) return
  const inputs = { scheduledAt: new Date(time).toISOString(), ...trigger.inputs }
  const run = newRun(stored, seal, { id: clock.newId(), trigger: nodeId, userInputs: undefined, inputs, envs: {}, createdBy: null })
  const idempotency = { org, caller: 'schedule-trigger', call: 'schedule', key: `${time}:${workflowId}:${nodeId}`, bodyHash: '', forever: true }
  const started = await createRun(db, followers, run, { at: clock.now(), idempotency })
  if (!started.repeated) await engine.submit(started.run.id)
}

/** Starts what is due of a schedule, and sets when it is due next. */
const look = async (tools: Tools, due: Due): Promise<void> => {
  const now = tools.clock.now()
  if (due.nextAt !== null) {
    // Of several that were missed only the latest counts.
    await fire(tools, due, Math.max(due.nextAt, latestTime(due.schedule, now) ?? due.nextAt)).catch((error: unknown) => {
      // Deleted in the meantime: then nobody waits for it any more.
      if (!(error instanceof Problem && error.code === 'not_found')) throw error
    })
  }
  await setNextAt(tools.db, due, nextTime(due.schedule, now) ?? NEVER)
}

const follow = async (tools: Tools, stopping: AbortSignal): Promise<void> => {
  const { db, followers, clock, logger } = tools
  while (!stopping.aborted) {
    const over = new AbortController()
    const signal = AbortSignal.any([stopping, over.signal])
    const news = followers.listen(SCHEDULES, signal)
    try {
      for (const due of await schedulesToLookAt(db, clock.now())) {
        // One that cannot be started is looked at again, and keeps no other from its time.
        await look(tools, due).catch((error: unknown) => logger.error({ err: error, workflowId: due.workflowId, nodeId: due.nodeId }, 'schedule trigger failed'))
      }
      const nextAt = (await nextScheduleAt(db)) ?? NEVER
      await Promise.race([news.next(), sleep(Math.min(LOOK_MS, Math.max(10, nextAt - clock.now())), signal)])
    } finally {
      over.abort()
      news.end()
    }
  }
}

export const startScheduleTriggers = (tools: Tools): AsyncDisposable => {
  const stopping = new AbortController()
  const { signal } = stopping
  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      await follow(tools, signal).catch(async (error: unknown) => {
        tools.logger.error({ err: error }, 'schedule triggers failed')
        await sleep(LOOK_MS, signal)
      })
    }
  }
  const working = work()
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await working
    },
  }
}
