import { JOB_RUNS } from '../db/job-run-events.ts'
import { jobRunStanding, jobRunsToMove, type JobRunRow } from '../db/job-runs.ts'
import { endJobRun, startNextOf } from '../db/move-job-run.ts'
import { getWorkflowOfRun } from '../db/workflows.ts'
import { haltOf, type JobRunError } from '../runner/model/job.ts'
import { Problem } from '../runner/model/problem.ts'
import { isFinal } from '../runner/model/run.ts'
import { newRun } from '../runner/new-run.ts'
import { cancelUnasked } from './cancel.ts'
import type { JobInputs } from './job-runs.ts'
import { triggerForCall } from './self-serve.ts'
import { startSink } from './sink.ts'
import type { Services } from './start.ts'

/**
 * Moves job runs on. What is to be done next follows from the store alone: from where the job run is, and how the run that it is at has
 * ended. So nothing is lost with the process, nothing has to be remembered but that there is something to look at, and of two who look at
 * once one finds it done.
 */

const PAGE = 100
/** A run that has ended wakes this; one that another process has ended is found by looking. */
const LOOK_MS = 2_000
const RETRY_MS = 1_000

type Tools = Pick<Services, 'db' | 'log' | 'followers' | 'seal' | 'engine' | 'clock' | 'logger'>

const failed = (jobRun: JobRunRow, index: number, workflowRunId: string | null, { code, message }: { code: string; message: string }): JobRunError => ({
  code,
  message,
  index,
  workflowId: jobRun.snapshot.workflowExecutionOrder[index] ?? '',
  workflowRunId,
})

/** Starts the run at `index`, or ends the job run when it cannot be started. */
const startNext = async ({ db, followers, seal, engine, clock }: Tools, jobRun: JobRunRow, index: number): Promise<void> => {
  const { snapshot, sealedInputs, createdBy, seesAllRuns } = jobRun
  try {
    const stored = await getWorkflowOfRun(db, snapshot.workflowExecutionOrder[index]!, snapshot.workflowVersions[index]!)
    const trigger = triggerForCall(stored)
    const { shares, by } = seal.unseal<JobInputs>(sealedInputs)
    const run = newRun(stored, seal, { id: clock.newId(), trigger: trigger.identifier, userInputs: trigger.config.userInputs, inputs: shares[index]!, envs: {}, ...(by && { by }), createdBy, seesAllRuns, job: { runId: jobRun.id, index } })
    const started = await startNextOf(db, followers, jobRun, { ...run, jobIndex: index }, clock.now())
    if (started) await engine.submit(started.id)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    await endJobRun(db, followers, jobRun, { status: 'FAILED', error: failed(jobRun, index, null, error) }, clock.now())
  }
}

/** Does what is to be done next for a job run; nothing when the run that it is at goes on. */
export const moveJobRun = async (tools: Tools, id: string): Promise<void> => {
  const { db, log, followers, clock } = tools
  const standing = await jobRunStanding(db, id)
  if (!standing || standing.jobRun.completedAt !== null) return
  const { jobRun } = standing
  let { current } = standing
  const at = jobRun.currentIndex ?? jobRun.fromIndex
  const stop = jobRun.cancelReason
  if (stop !== null && current !== null && !isFinal(current.state)) {
    await cancelUnasked(tools, current.id, { reason: stop, force: jobRun.cancelForce === true })
    current = await log.run(current.id)
  }
  if (current !== null && !isFinal(current.state)) return
  const halt = current && haltOf(current.state)
  // Once somebody was told that it stops, it ends so, even where its run came to a good end before it could be stopped.
  if (stop !== null) await endJobRun(db, followers, jobRun, { status: 'CANCELLED', error: failed(jobRun, at, current?.id ?? null, { code: 'cancelled', message: stop }) }, clock.now())
  else if (halt) await endJobRun(db, followers, jobRun, { status: halt, error: failed(jobRun, at, current!.id, current!.error ?? { code: 'internal', message: 'The workflow run failed.' }) }, clock.now())
  else {
    const next = current === null ? jobRun.fromIndex : at + 1
    if (next < jobRun.snapshot.workflowExecutionOrder.length) await startNext(tools, jobRun, next)
    else await endJobRun(db, followers, jobRun, { status: 'COMPLETED', error: null }, clock.now())
  }
}

export const startJobRuns = (tools: Tools): AsyncDisposable =>
  startSink(tools, { name: 'job runs', key: JOB_RUNS }, async (stopping) => {
    const ids = await jobRunsToMove(tools.db, PAGE)
    let faults = 0
    for (const id of ids) {
      if (stopping.aborted) break
      await moveJobRun(tools, id).catch((error: unknown) => {
        faults++
        tools.logger.error({ err: error, jobRunId: id }, 'job run fault')
      })
    }
    return ids.length === 0 ? LOOK_MS : faults > 0 ? RETRY_MS : 0
  })
