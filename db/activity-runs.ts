import { and, asc, eq, gt, inArray } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import type { ActivityStatus } from '../runner/model/activity.ts'
import type { Db } from './open.ts'
import { visible, type ArtifactRow, type LogRow, type Viewer } from './runs.ts'
import { activityRuns, artifacts, events, runs } from './schema.ts'
import type { ActivityRow } from './take-run.ts'

/**
 * A page of a run's activity runs with their files and log lines, oldest first.
 * @param page.cursor the id of the last one seen
 * @throws Problem `not_found`
 */
export const listActivityRuns = (
  db: Db,
  viewer: Viewer,
  runId: string,
  filter: { stepId?: string | undefined; status?: ActivityStatus | undefined },
  page: { limit: number; offset: number; cursor: string | undefined },
): Promise<{ activities: ActivityRow[]; artifacts: ArtifactRow[]; logs: LogRow[]; total: number }> =>
  db.read(async (query) => {
    const [run] = await query.select({ id: runs.id }).from(runs).where(and(eq(runs.id, runId), visible(viewer)))
    if (!run) throw problem('not_found', `No workflow run ${runId}.`)
    const where = and(
      eq(activityRuns.runId, runId),
      filter.stepId === undefined ? undefined : eq(activityRuns.nodeId, filter.stepId),
      filter.status === undefined ? undefined : eq(activityRuns.status, filter.status),
    )
    const total = await query.$count(activityRuns, where)
    const activities = await query
      .select()
      .from(activityRuns)
      .where(and(where, page.cursor ? gt(activityRuns.id, page.cursor) : undefined))
      .orderBy(asc(activityRuns.id))
      .limit(page.limit)
      .offset(page.offset)
    const ids = activities.map(({ id }) => id)
    const files = ids.length === 0 ? [] : await query.select().from(artifacts).where(and(eq(artifacts.runId, runId), inArray(artifacts.activityRunId, ids))).orderBy(asc(artifacts.id))
    const logs =
      ids.length === 0
        ? []
        : await query
            .select({ activityRunId: events.activityRunId, type: events.type, data: events.data, at: events.at })
            .from(events)
            .where(and(eq(events.runId, runId), inArray(events.type, ['log', 'thinking']), inArray(events.activityRunId, ids)))
            .orderBy(asc(events.seq))
    return { activities, artifacts: files, logs, total }
  })
