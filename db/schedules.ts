import { isDeepStrictEqual } from 'node:util'
import { and, asc, eq, inArray, sql, type SQL } from 'drizzle-orm'
import type { Times } from '../runner/model/schedule.ts'
import { problem } from '../runner/model/problem.ts'
import type { Db, Query } from './open.ts'
import { jobs, schedules, workflows } from './schema.ts'

export type ScheduleRow = typeof schedules.$inferSelect
/** A schedule as it is set. `nextAt` is worked out by the scheduler where the setter does not know it. */
export type NewSchedule = Pick<
  ScheduleRow,
  'targetId' | 'nodeId' | 'org' | 'kind' | 'cron' | 'onceAt' | 'timezone' | 'paused' | 'overlap' | 'catchUp' | 'inputs' | 'sealedInputs' | 'createdBy' | 'seesAllRuns'
>
/** A schedule with the name of what it starts; the title of a workflow that has one. */
export type ScheduleView = { schedule: ScheduleRow; name: string; title: string | null }

/** When it is due, as `Times`. */
export const timesOf = ({ cron, onceAt, timezone }: Pick<ScheduleRow, 'cron' | 'onceAt' | 'timezone'>): Times => ({ cron, at: onceAt, timezone })

const placeOf = ({ targetId, nodeId }: Pick<ScheduleRow, 'targetId' | 'nodeId'>): SQL => and(eq(schedules.targetId, targetId), eq(schedules.nodeId, nodeId))!

/** Sets a schedule in the transaction that its target is saved in. One that says the times it said before keeps its next one, which may be due. */
export const setScheduleIn = async (tx: Query, schedule: NewSchedule, at: number): Promise<void> => {
  const [before] = await tx.select().from(schedules).where(placeOf(schedule))
  const goesOn = before && !before.paused && !schedule.paused && isDeepStrictEqual(timesOf(before), timesOf(schedule))
  const set = { ...schedule, ...(goesOn ? {} : { nextAt: null, setAt: at, queued: null }), lastError: null, revision: (before?.revision ?? 0) + 1, updatedAt: at }
  if (before) await tx.update(schedules).set({ ...set, createdAt: before.createdAt }).where(placeOf(schedule))
  else await tx.insert(schedules).values({ ...set, setAt: at, createdAt: at })
}

/** Takes away the schedules of a target, in the transaction that it is changed in; `nodeIds` of those that stay. */
export const removeSchedulesIn = async (tx: Query, targetId: string, { stay }: { stay: readonly string[] }): Promise<void> => {
  const found = await tx.select({ nodeId: schedules.nodeId }).from(schedules).where(eq(schedules.targetId, targetId))
  for (const { nodeId } of found) if (!stay.includes(nodeId)) await tx.delete(schedules).where(placeOf({ targetId, nodeId }))
}

/** @throws Problem `not_found` when what it is of is gone meanwhile */
export const setSchedule = (db: Db, schedule: NewSchedule, at: number): Promise<ScheduleRow> =>
  db.write(async (tx) => {
    const table = schedule.kind === 'job' ? jobs : workflows
    const [target] = await tx.select({ deletedAt: table.deletedAt }).from(table).where(eq(table.id, schedule.targetId))
    if (!target || target.deletedAt !== null) throw problem('not_found', `No ${schedule.kind} ${schedule.targetId}.`)
    await setScheduleIn(tx, schedule, at)
    return (await scheduleOfIn(tx, schedule.targetId))!
  })

/** @returns whether there was one */
export const removeSchedule = (db: Db, targetId: string): Promise<boolean> =>
  db.write(async (tx) => (await tx.delete(schedules).where(placeOf({ targetId, nodeId: '' })).returning({ targetId: schedules.targetId })).length > 0)

/** The schedule of a workflow or a job of its own; null when it has none. */
export const scheduleOfIn = async (query: Query, targetId: string): Promise<ScheduleRow | null> => (await query.select().from(schedules).where(placeOf({ targetId, nodeId: '' })))[0] ?? null

export const findSchedule = (db: Db, targetId: string): Promise<ScheduleRow | null> => db.read(async (query) => scheduleOfIn(query, targetId))

/** Every schedule of a workflow, those of its triggers too, or of a job. */
export const schedulesOf = (db: Db, targetId: string): Promise<ScheduleRow[]> =>
  db.read(async (query) => query.select().from(schedules).where(eq(schedules.targetId, targetId)).orderBy(asc(schedules.nodeId)))

/** The schedules of jobs, by job. */
export const schedulesOfJobsIn = async (query: Query, jobIds: readonly string[]): Promise<Map<string, ScheduleRow>> => {
  const rows = jobIds.length === 0 ? [] : await query.select().from(schedules).where(inArray(schedules.targetId, [...jobIds]))
  return new Map(rows.map((row) => [row.targetId, row]))
}

/** The most urgent first; those that start nothing any more come last. */
export const listSchedules = (
  db: Db,
  org: string,
  { kind, paused }: { kind?: ScheduleRow['kind'] | undefined; paused?: boolean | undefined },
  { limit, offset }: { limit: number; offset: number },
): Promise<{ schedules: ScheduleView[]; total: number }> =>
  db.read(async (query) => {
    const where = and(
      eq(schedules.org, org),
      kind ? eq(schedules.kind, kind) : undefined,
      paused === undefined ? undefined : eq(schedules.paused, paused),
    )
    const total = await query.$count(schedules, where)
    const rows = await query
      .select({ schedule: schedules, workflow: workflows.identifier, title: workflows.title, job: jobs.name })
      .from(schedules)
      .leftJoin(workflows, eq(workflows.id, schedules.targetId))
      .leftJoin(jobs, eq(jobs.id, schedules.targetId))
      .where(where)
      .orderBy(sql`${schedules.nextAt} IS NULL`, asc(schedules.nextAt), asc(schedules.targetId), asc(schedules.nodeId))
      .limit(limit)
      .offset(offset)
    return { schedules: rows.map(({ schedule, workflow, title, job }) => ({ schedule, name: workflow ?? job ?? '', title })), total }
  })
