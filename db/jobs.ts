import { and, desc, eq, isNull, like, lt, sql } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import type { Db, Query } from './open.ts'
import { removeSchedulesIn, scheduleOfIn, schedulesOfJobsIn, setScheduleIn, type NewSchedule, type ScheduleRow } from './schedules.ts'
import { jobs } from './schema.ts'

export type JobRow = typeof jobs.$inferSelect
export type NewJob = Omit<JobRow, 'updatedBy' | 'updatedAt' | 'deletedAt'>
/** A job with when it starts by itself. */
export type JobView = { job: JobRow; schedule: ScheduleRow | null }
/** What a job may be changed in. */
export type JobChange = Partial<Pick<JobRow, 'name' | 'sourceProvider' | 'config' | 'inputs' | 'sealedInputs'>>

const find = async (tx: Query, org: string, id: string): Promise<JobRow> => {
  const [row] = await tx
    .select()
    .from(jobs)
    .where(and(eq(jobs.org, org), eq(jobs.id, id), isNull(jobs.deletedAt)))
  if (!row) throw problem('not_found', `No job ${id}.`)
  return row
}

/** @param schedule null takes it away, undefined leaves it as it is */
const saved = async (tx: Query, job: JobRow, schedule: NewSchedule | null | undefined): Promise<JobView> => {
  if (schedule === null) await removeSchedulesIn(tx, job.id, { stay: [] })
  if (schedule) await setScheduleIn(tx, schedule, job.updatedAt)
  return { job, schedule: await scheduleOfIn(tx, job.id) }
}

export const createJob = (db: Db, job: NewJob, schedule: NewSchedule | null): Promise<JobView> =>
  db.write(async (tx) => {
    const row: JobRow = { ...job, updatedBy: job.createdBy, updatedAt: job.createdAt, deletedAt: null }
    await tx.insert(jobs).values(row)
    return saved(tx, row, schedule)
  })

/**
 * Two who change different things at once both have their way.
 * @param schedule null takes it away, undefined leaves it as it is
 * @throws Problem `not_found`
 */
export const updateJob = (
  db: Db,
  { org, id, change, schedule, by, at }: { org: string; id: string; change: JobChange; schedule?: NewSchedule | null | undefined; by: string | null; at: number },
): Promise<JobView> =>
  db.write(async (tx) => {
    const row = { ...(await find(tx, org, id)), ...change, updatedBy: by, updatedAt: at }
    await tx.update(jobs).set(row).where(eq(jobs.id, id))
    return saved(tx, row, schedule)
  })

/** Deletes softly, and its schedule for good: past job runs stay, and those that go on end as they would. @throws Problem `not_found` */
export const deleteJob = (db: Db, org: string, id: string, at: number): Promise<void> =>
  db.write(async (tx) => {
    await find(tx, org, id)
    await tx.update(jobs).set({ deletedAt: at, updatedAt: at }).where(eq(jobs.id, id))
    await removeSchedulesIn(tx, id, { stay: [] })
  })

/** @throws Problem `not_found` */
export const getJob = (db: Db, org: string, id: string): Promise<JobView> => db.read(async (query) => ({ job: await find(query, org, id), schedule: await scheduleOfIn(query, id) }))

/** Newest first. */
export const listJobs = (
  db: Db,
  { org, search, offset, cursor, limit }: { org: string; search?: string | undefined; offset?: number | undefined; cursor?: string | undefined; limit: number },
): Promise<{ jobs: JobView[]; total: number }> =>
  db.read(async (query) => {
    const where = and(eq(jobs.org, org), isNull(jobs.deletedAt), search ? like(jobs.name, sql`${`%${search.replace(/[\\%_]/g, '\\$&')}%`} ESCAPE '\\'`) : undefined)
    const [count] = await query.select({ total: sql<number>`count(*)` }).from(jobs).where(where)
    const rows = await query
      .select()
      .from(jobs)
      .where(and(where, cursor ? lt(jobs.id, cursor) : undefined))
      .orderBy(desc(jobs.id))
      .limit(limit)
      .offset(offset ?? 0)
    const schedules = await schedulesOfJobsIn(query, rows.map(({ id }) => id))
    return { jobs: rows.map((job) => ({ job, schedule: schedules.get(job.id) ?? null })), total: count?.total ?? 0 }
  })
