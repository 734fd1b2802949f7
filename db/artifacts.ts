import { and, desc, eq, inArray, lt, or, type SQL } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import type { ArtifactType } from '../runner/model/artifact.ts'
import type { Db, Query } from './open.ts'
import { visible, type ArtifactRow, type Viewer } from './runs.ts'
import type { RunRow } from './change.ts'
import { activityRuns, artifacts, runs } from './schema.ts'

/** @throws Problem `not_found` */
export const getArtifact = (db: Db, org: string, id: string): Promise<ArtifactRow> =>
  db.read(async (query) => {
    const [found] = await query
      .select()
      .from(artifacts)
      .where(and(eq(artifacts.org, org), eq(artifacts.id, id)))
    if (!found) throw problem('not_found', `No artifact ${id}.`)
    return found
  })

/** An artifact by its id alone: for a signed URL, which names no caller. @throws Problem `not_found` */
export const getSignedArtifact = (db: Db, id: string): Promise<ArtifactRow> =>
  db.read(async (query) => {
    const [found] = await query.select().from(artifacts).where(eq(artifacts.id, id))
    if (!found) throw problem('not_found', `No artifact ${id}.`)
    return found
  })

/** Files of runs that the viewer may see. */
const seen = (query: Query, viewer: Viewer): SQL | undefined =>
  and(eq(artifacts.org, viewer.org), viewer.seesAllRuns ? undefined : inArray(artifacts.runId, query.select({ id: runs.id }).from(runs).where(visible(viewer))))

/**
 * A file that a run may read: its own, that of a run which waits for it or which it waits for, and those that who made the run may see. Null
 * where there is none.
 */
export const findArtifactForRun = (db: Db, run: Pick<RunRow, 'id' | 'org' | 'createdBy' | 'seesAllRuns' | 'parentActivityRunId'>, id: string): Promise<ArtifactRow | null> =>
  db.read(async (query) => {
    const { org, createdBy: userId, seesAllRuns } = run
    const ownActivities = query.select({ id: activityRuns.id }).from(activityRuns).where(eq(activityRuns.runId, run.id))
    const parents = query.select({ id: activityRuns.runId }).from(activityRuns).where(eq(activityRuns.id, run.parentActivityRunId ?? ''))
    const [found] = await query
      .select({ artifact: artifacts })
      .from(artifacts)
      .innerJoin(runs, eq(runs.id, artifacts.runId))
      .where(and(eq(artifacts.id, id), eq(runs.org, org), or(eq(runs.id, run.id), inArray(runs.id, parents), inArray(runs.parentActivityRunId, ownActivities), visible({ org, userId, seesAllRuns }))))
    return found?.artifact ?? null
  })

/** Those of `ids` that there are. */
export const findArtifacts = (db: Db, viewer: Viewer, ids: readonly string[]): Promise<ArtifactRow[]> =>
  db.read(async (query) => query.select().from(artifacts).where(and(seen(query, viewer), inArray(artifacts.id, [...new Set(ids)]))))

/** Newest first. */
export const listArtifacts = (
  db: Db,
  viewer: Viewer,
  filter: { runId?: string | undefined; type?: ArtifactType | undefined },
  page: { limit: number; offset?: number | undefined; cursor?: string | undefined },
): Promise<{ artifacts: ArtifactRow[]; total: number }> =>
  db.read(async (query) => {
    const where = and(
      seen(query, viewer),
      filter.runId !== undefined ? eq(artifacts.runId, filter.runId) : undefined,
      filter.type ? eq(artifacts.type, filter.type) : undefined,
    )
    const total = await query.$count(artifacts, where)
    const found = await query
      .select()
      .from(artifacts)
      .where(and(where, page.cursor ? lt(artifacts.id, page.cursor) : undefined))
      .orderBy(desc(artifacts.id))
      .limit(page.limit)
      .offset(page.offset ?? 0)
    return { artifacts: found, total }
  })
