import { asc, gt } from 'drizzle-orm'
import type { JobRunRow } from './job-runs.ts'
import type { Db, Query } from './open.ts'
import { jobRunEvents } from './schema.ts'

/** What happened to job runs, for whoever tells others of it. */

/** Woken when there are new ones. */
export const JOB_RUN_EVENTS = 'job-run-events'

/** Woken when a job run may go on: it was created, or a run of one has ended. */
export const JOB_RUNS = 'job-runs'

export type JobRunEvent = typeof jobRunEvents.$inferSelect

/** Adds what happened to a job run, in the transaction that changes it. */
export const addJobRunEvent = async (tx: Query, { id, org, jobId, error }: JobRunRow, type: JobRunEvent['type'], at: number): Promise<void> => {
  await tx.insert(jobRunEvents).values({ org, jobRunId: id, jobId, type, error, at })
}

/** Up to `limit` after `cursor`, oldest first, of every org. */
export const jobRunEventsAfter = (db: Db, cursor: number, limit: number): Promise<JobRunEvent[]> =>
  db.read(async (query) => query.select().from(jobRunEvents).where(gt(jobRunEvents.seq, cursor)).orderBy(asc(jobRunEvents.seq)).limit(limit))
