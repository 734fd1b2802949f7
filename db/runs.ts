import { and, asc, desc, eq, inArray, isNotNull, isNull, ne, notInArray, or, sql, type SQL } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import { isFinal, type RunState } from '../runner/model/run.ts'
import { gatherOutputs } from './end-run.ts'
import type { RunRow } from './change.ts'
import type { Db, Query } from './open.ts'
import { activityRuns, artifacts, events, inputRequests, runCounts, runs, workflows } from './schema.ts'
import type { ActivityRow, InputRequestRow } from './take-run.ts'

export type ArtifactRow = typeof artifacts.$inferSelect
/** A run with what it waits for and what it has put out so far. */
export type RunView = { run: RunRow; awaiting: InputRequestRow | null; outputs: Record<string, unknown> }
/** A log line, or what a model thought (`type` log or thinking). */
export type LogRow = { activityRunId: string | null; type: string; data: Record<string, unknown>; at: number }
/** `activities`: where loops have made very many, all that lie outside of loops, and the latest of the others. */
export type RunDetail = RunView & { activities: ActivityRow[]; activitiesTotal: number; artifacts: ArtifactRow[]; logs: LogRow[] }

/** How many activity runs are shown with their run, more where more lie outside of loops; `listActivityRuns` gives all. */
const SHOWN = 1000

/** Who asks: of an org, and what of its runs they may see (contract, section 4). */
export type Viewer = { org: string; userId: string | null; seesAllRuns: boolean }

/** The workflows whose runs others do not see. A sub-select over the few that hide theirs, not over all that do not. */
const hiding = (viewer: Viewer): SQL => sql`(SELECT id FROM ${workflows} WHERE ${workflows.org} = ${viewer.org} AND ${workflows.allowAnyoneToViewRuns} = 0)`

/** Runs of workflows that hide theirs are seen by who made them, admins and machines; those that retention is taking away by nobody. */
export const visible = (viewer: Viewer): SQL | undefined =>
  viewer.seesAllRuns
    ? and(eq(runs.org, viewer.org), isNull(runs.purgedAt))
    : and(
        eq(runs.org, viewer.org),
        isNull(runs.purgedAt),
        or(viewer.userId === null ? undefined : eq(runs.createdBy, viewer.userId), notInArray(runs.workflowId, hiding(viewer))),
      )

/** Runs with what they wait for and what they have put out. */
export const viewRuns = async (query: Query, rows: RunRow[]): Promise<RunView[]> => {
  // What is being cancelled takes no answer.
  const waiting = rows.filter((run) => !isFinal(run.state) && run.state !== 'CANCELLING').map((run) => run.id)
  // A program of before the column, gone back to for a while, pauses without saying that it told of it.
  const paused = rows.filter((run) => run.state === 'AWAITING_USER_INPUT').map((run) => run.id)
  const asked =
    waiting.length === 0
      ? []
      : await query
          .select()
          .from(inputRequests)
          .where(and(inArray(inputRequests.runId, waiting), eq(inputRequests.status, 'pending'), or(isNotNull(inputRequests.toldAt), inArray(inputRequests.runId, paused))))
          .orderBy(asc(inputRequests.id))
  return Promise.all(
    rows.map(async (run) => ({
      run,
      awaiting: asked.find((request) => request.runId === run.id) ?? null,
      outputs: run.outputs ?? (run.startedAt === null && run.rerunOf === null ? {} : await gatherOutputs(query, run.id)),
    })),
  )
}

/** Null when there is none, or it is hidden from the viewer. */
export const findRun = (db: Db, viewer: Viewer, id: string): Promise<RunView | null> =>
  db.read(async (query) => {
    const [run] = await query.select().from(runs).where(and(eq(runs.id, id), visible(viewer)))
    return run ? (await viewRuns(query, [run]))[0]! : null
  })

/** @throws Problem `not_found`, also when the run is hidden from the viewer */
export const getRun = async (db: Db, viewer: Viewer, id: string): Promise<RunView> => {
  const found = await findRun(db, viewer, id)
  if (!found) throw problem('not_found', `No workflow run ${id}.`)
  return found
}

/** Oldest first. */
const shownActivities = async (query: Query, runId: string, total: number): Promise<ActivityRow[]> => {
  const ofRun = eq(activityRuns.runId, runId)
  if (total <= SHOWN) return query.select().from(activityRuns).where(ofRun).orderBy(asc(activityRuns.id))
  const outside = await query.select().from(activityRuns).where(and(ofRun, isNull(activityRuns.iteration)))
  const inside = await query
    .select()
    .from(activityRuns)
    .where(and(ofRun, isNotNull(activityRuns.iteration)))
    .orderBy(desc(activityRuns.id))
    .limit(Math.max(0, SHOWN - outside.length))
  return [...outside, ...inside].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** A run with its activity runs, their files and log lines, and its own. @throws Problem `not_found` */
export const getRunDetail = (db: Db, viewer: Viewer, id: string): Promise<RunDetail> =>
  db.read(async (query) => {
    const [run] = await query.select().from(runs).where(and(eq(runs.id, id), visible(viewer)))
    if (!run) throw problem('not_found', `No workflow run ${id}.`)
    const [viewed] = await viewRuns(query, [run])
    const activitiesTotal = await query.$count(activityRuns, eq(activityRuns.runId, id))
    const activities = await shownActivities(query, id, activitiesTotal)
    const isCut = activities.length < activitiesTotal
    const ids = activities.map((activity) => activity.id)
    const files = await query
      .select()
      .from(artifacts)
      .where(and(eq(artifacts.runId, id), isCut ? inArray(artifacts.activityRunId, ids) : undefined))
      .orderBy(asc(artifacts.id))
    const logs = await query
      .select({ activityRunId: events.activityRunId, type: events.type, data: events.data, at: events.at })
      .from(events)
      .where(and(eq(events.runId, id), inArray(events.type, ['log', 'thinking']), isCut ? or(isNull(events.activityRunId), inArray(events.activityRunId, ids)) : undefined))
      .orderBy(asc(events.seq))
    return { ...viewed!, activities, activitiesTotal, artifacts: files, logs }
  })

/** What `GET` of a run depends on: it changes with every event of the run. */
export const runVersion = (db: Db, viewer: Viewer, id: string): Promise<number> =>
  db.read(async (query) => {
    const [run] = await query.select({ id: runs.id }).from(runs).where(and(eq(runs.id, id), visible(viewer)))
    if (!run) throw problem('not_found', `No workflow run ${id}.`)
    const [last] = await query.select({ seq: sql<number>`max(${events.seq})` }).from(events).where(eq(events.runId, id))
    return last?.seq ?? 0
  })

/** Ids of the runs of a workflow that have not ended, oldest first. */
export const openRunsOf = (db: Db, viewer: Viewer, workflowId: string): Promise<string[]> =>
  db.read(async (query) => {
    const rows = await query
      .select({ id: runs.id })
      .from(runs)
      .where(and(visible(viewer), eq(runs.workflowId, workflowId), isNull(runs.completedAt)))
      .orderBy(asc(runs.id))
    return rows.map((row) => row.id)
  })

/**
 * How many of the runs that the viewer sees are in each state. What is counted with every change answers it, but for one's own runs of workflows
 * that hide theirs: these are counted one by one.
 * @param workflowIds of these alone
 */
export const countsByState = async (query: Query, viewer: Viewer, workflowIds: readonly string[] | undefined): Promise<Partial<Record<RunState, number>>> => {
  const kept = await query
    .select({ state: runCounts.state, count: sql<number>`sum(${runCounts.count})` })
    .from(runCounts)
    .where(and(eq(runCounts.org, viewer.org), ne(runCounts.count, 0), workflowIds && inArray(runCounts.workflowId, [...workflowIds]), viewer.seesAllRuns ? undefined : notInArray(runCounts.workflowId, hiding(viewer))))
    .groupBy(runCounts.state)
  const own = viewer.seesAllRuns || viewer.userId === null ? [] : await query
    .select({ state: runs.state, count: sql<number>`count(*)` })
    .from(runs)
    .where(and(visible(viewer), inArray(runs.workflowId, hiding(viewer)), workflowIds && inArray(runs.workflowId, [...workflowIds])))
    .groupBy(runs.state)
  const counts: Partial<Record<RunState, number>> = {}
  for (const { state, count } of [...kept, ...own]) counts[state] = (counts[state] ?? 0) + count
  return counts
}

/** How many runs of a workflow, or of all that the viewer sees, are in each state. */
export const countByState = (db: Db, viewer: Viewer, workflowId?: string): Promise<Partial<Record<RunState, number>>> =>
  db.read((query) => countsByState(query, viewer, workflowId === undefined ? undefined : [workflowId]))
