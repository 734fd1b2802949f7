import { and, asc, desc, eq, inArray, isNull, lt, or, sql, type SQL } from 'drizzle-orm'
import type { JobRunStatus } from '../runner/model/job.ts'
import { problem } from '../runner/model/problem.ts'
import { insertCallback, type Callback } from './callbacks.ts'
import type { RunRow } from './change.ts'
import type { Followers } from './followers.ts'
import { keepKey, startedUnder, type IdempotencyKey } from './idempotency.ts'
import { JOB_RUNS } from './job-run-events.ts'
import type { Db, Query } from './open.ts'
import { viewRuns, visible, type RunView, type Viewer } from './runs.ts'
import { jobRuns, jobs, runs } from './schema.ts'

export type JobRunRow = typeof jobRuns.$inferSelect
export type NewJobRun = Pick<
  JobRunRow,
  'id' | 'org' | 'jobId' | 'jobName' | 'snapshot' | 'inputs' | 'sealedInputs' | 'anyoneMayView' | 'seesAllRuns' | 'fromIndex' | 'rerunOf' | 'createdBy'
>
/** A job run with those of its runs that the viewer may see, in their order. */
export type JobRunView = { jobRun: JobRunRow; runs: RunView[] }

/** A job run is hidden from those whom one of its workflows hides its runs from. */
export const visibleJobRun = (viewer: Viewer): SQL | undefined =>
  and(
    eq(jobRuns.org, viewer.org),
    viewer.seesAllRuns ? undefined : or(eq(jobRuns.anyoneMayView, true), viewer.userId === null ? undefined : eq(jobRuns.createdBy, viewer.userId)),
  )

const view = async (query: Query, viewer: Viewer, rows: JobRunRow[]): Promise<JobRunView[]> => {
  const ids = rows.map(({ id }) => id)
  const found = ids.length === 0 ? [] : await query.select().from(runs).where(and(inArray(runs.jobRunId, ids), visible(viewer))).orderBy(asc(runs.jobIndex))
  const children = await viewRuns(query, found)
  return rows.map((jobRun) => ({ jobRun, runs: children.filter(({ run }) => run.jobRunId === jobRun.id) }))
}

const jobRunOfKey = async (tx: Query, idempotency: IdempotencyKey, at: number): Promise<JobRunRow | null> => {
  const id = await startedUnder(tx, idempotency, at)
  if (id === null) return null
  const [earlier] = await tx.select().from(jobRuns).where(eq(jobRuns.id, id))
  return earlier ?? null
}

/** The job run that a call with this key started before. @throws Problem `idempotency_conflict` */
export const findRepeatedJobRun = async (db: Db, idempotency: IdempotencyKey | undefined, at: number): Promise<JobRunRow | null> =>
  idempotency === undefined ? null : db.read(async (query) => jobRunOfKey(query, idempotency, at))

/**
 * Creates a job run in PENDING, inside a transaction that the caller holds.
 * @returns the job run; when the key was used before, that of then and `repeated: true`, and nothing is written
 * @throws Problem `idempotency_conflict`; `not_found` when the job is deleted
 */
export const createJobRunIn = async (
  tx: Query,
  jobRun: NewJobRun,
  { at, idempotency, callback }: { at: number; idempotency?: IdempotencyKey | undefined; callback?: Callback | undefined },
): Promise<{ jobRun: JobRunRow; repeated: boolean }> => {
  if (idempotency) {
    const earlier = await jobRunOfKey(tx, idempotency, at)
    if (earlier) return { jobRun: earlier, repeated: true }
  }
  const [job] = await tx.select({ deletedAt: jobs.deletedAt }).from(jobs).where(eq(jobs.id, jobRun.jobId))
  if (!job || job.deletedAt !== null) throw problem('not_found', `The job ${jobRun.jobName} is deleted.`)
  if (idempotency) await keepKey(tx, idempotency, jobRun.id, at)
  const [created] = await tx.insert(jobRuns).values({ ...jobRun, status: 'PENDING', createdAt: at, updatedAt: at }).returning()
  if (callback) await insertCallback(tx, { jobRunId: jobRun.id }, jobRun, callback, at)
  return { jobRun: created!, repeated: false }
}

/** The same in a transaction of its own. */
export const createJobRun = async (db: Db, followers: Followers, jobRun: NewJobRun, options: Parameters<typeof createJobRunIn>[2]): Promise<{ jobRun: JobRunRow; repeated: boolean }> => {
  const created = await db.write(async (tx) => createJobRunIn(tx, jobRun, options))
  followers.wake(JOB_RUNS)
  return created
}

/** @throws Problem `not_found`, also when the job run is hidden from the viewer */
export const getJobRun = (db: Db, viewer: Viewer, id: string): Promise<JobRunView> =>
  db.read(async (query) => {
    const [jobRun] = await query.select().from(jobRuns).where(and(eq(jobRuns.id, id), visibleJobRun(viewer)))
    if (!jobRun) throw problem('not_found', `No job run ${id}.`)
    return (await view(query, viewer, [jobRun]))[0]!
  })

/** Newest first. */
export const listJobRuns = (
  db: Db,
  viewer: Viewer,
  { jobId, status }: { jobId?: string | undefined; status?: JobRunStatus | undefined },
  { limit, offset = 0, cursor }: { limit: number; offset?: number | undefined; cursor?: string | undefined },
): Promise<{ jobRuns: JobRunView[]; total: number }> =>
  db.read(async (query) => {
    const where = and(visibleJobRun(viewer), jobId ? eq(jobRuns.jobId, jobId) : undefined, status ? eq(jobRuns.status, status) : undefined)
    const [count] = await query.select({ total: sql<number>`count(*)` }).from(jobRuns).where(where)
    const rows = await query
      .select()
      .from(jobRuns)
      .where(and(where, cursor ? lt(jobRuns.id, cursor) : undefined))
      .orderBy(desc(jobRuns.id))
      .limit(limit)
      .offset(offset)
    return { jobRuns: await view(query, viewer, rows), total: count?.total ?? 0 }
  })

/** A job run with the run that it is at, as they are now; null when there is no such job run. */
export const jobRunStanding = (db: Db, id: string): Promise<{ jobRun: JobRunRow; current: RunRow | null } | null> =>
  db.read(async (query) => {
    const [found] = await query.select().from(jobRuns).leftJoin(runs, eq(runs.id, jobRuns.currentRunId)).where(eq(jobRuns.id, id))
    return found ? { jobRun: found.job_runs, current: found.runs } : null
  })

/** Job runs that somebody should move on: not begun, at a run that has ended, or to be stopped. Oldest first. */
export const jobRunsToMove = (db: Db, limit: number): Promise<string[]> =>
  db.read(async (query) => {
    const rows = await query
      .select({ id: jobRuns.id })
      .from(jobRuns)
      .leftJoin(runs, eq(runs.id, jobRuns.currentRunId))
      .where(and(isNull(jobRuns.completedAt), or(isNull(jobRuns.currentRunId), sql`${runs.completedAt} IS NOT NULL`, sql`(${jobRuns.cancelReason} IS NOT NULL AND ${runs.state} <> 'CANCELLING')`)))
      .orderBy(asc(jobRuns.id))
      .limit(limit)
    return rows.map(({ id }) => id)
  })
