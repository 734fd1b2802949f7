import { eq } from 'drizzle-orm'
import { isJobRunOver, type JobRunError } from '../runner/model/job.ts'
import { problem } from '../runner/model/problem.ts'
import { createRunIn, type NewRun } from './create-run.ts'
import type { RunRow } from './change.ts'
import type { Followers } from './followers.ts'
import { addJobRunEvent, JOB_RUN_EVENTS } from './job-run-events.ts'
import type { JobRunRow } from './job-runs.ts'
import type { Db, Query } from './open.ts'
import { jobRuns } from './schema.ts'

/**
 * How a job run goes on. Each of these names the job run as it was read, and does nothing when another has moved it on since: so a place of
 * a job run is started once, whoever looks and however often.
 */

/** The job run as it is now; null when it is no longer where `asRead` says it is. */
const unmoved = async (tx: Query, asRead: JobRunRow): Promise<JobRunRow | null> => {
  const [now] = await tx.select().from(jobRuns).where(eq(jobRuns.id, asRead.id))
  return now && now.completedAt === null && now.currentRunId === asRead.currentRunId && now.cancelReason === asRead.cancelReason ? now : null
}

/**
 * Starts the run of the next workflow.
 * @returns it; null when the job run was moved on by another, or is to be stopped
 * @throws Problem `not_found` when the workflow is deleted
 */
export const startNextOf = async (db: Db, followers: Followers, asRead: JobRunRow, run: NewRun & { jobIndex: number }, at: number): Promise<RunRow | null> => {
  const started = await db.write(async (tx) => {
    const now = await unmoved(tx, asRead)
    if (!now || now.cancelReason !== null) return null
    const created = await createRunIn(tx, run, { at })
    await tx
      .update(jobRuns)
      .set({ status: 'IN_PROGRESS', currentRunId: run.id, currentIndex: run.jobIndex, startedAt: now.startedAt ?? at, updatedAt: at })
      .where(eq(jobRuns.id, now.id))
    if (now.currentRunId === null) await addJobRunEvent(tx, now, 'job_run.started', at)
    return created.run
  })
  if (started) followers.wake(JOB_RUN_EVENTS)
  return started
}

/** Ends a job run. @returns whether this did it */
export const endJobRun = async (
  db: Db,
  followers: Followers,
  asRead: JobRunRow,
  { status, error }: { status: 'COMPLETED'; error: null } | { status: 'FAILED' | 'CANCELLED'; error: JobRunError },
  at: number,
): Promise<boolean> => {
  const ended = await db.write(async (tx) => {
    const now = await unmoved(tx, asRead)
    if (!now) return false
    await tx.update(jobRuns).set({ status, error, updatedAt: at, completedAt: at }).where(eq(jobRuns.id, now.id))
    // Of one that is cancelled before its first run nobody was told that it started; its end is told all the same.
    await addJobRunEvent(tx, { ...now, error }, `job_run.${status.toLowerCase() as Lowercase<typeof status>}`, at)
    return true
  })
  if (ended) followers.wake(JOB_RUN_EVENTS)
  return ended
}

/** Says that a job run is to stop; the first to say so gives the reason. @throws Problem `not_found`, `conflict` when it has ended */
export const stopJobRun = (db: Db, id: string, { reason, force, at }: { reason: string; force: boolean; at: number }): Promise<JobRunRow> =>
  db.write(async (tx) => {
    const [now] = await tx.select().from(jobRuns).where(eq(jobRuns.id, id))
    if (!now) throw problem('not_found', `No job run ${id}.`)
    if (isJobRunOver(now.status)) throw problem('conflict', `The job run has ended already: ${now.status}.`)
    const set = { cancelReason: now.cancelReason ?? reason, cancelForce: force || now.cancelForce === true, updatedAt: at }
    await tx.update(jobRuns).set(set).where(eq(jobRuns.id, id))
    return { ...now, ...set }
  })
