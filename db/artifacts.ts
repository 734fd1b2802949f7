import { and, asc, desc, eq, inArray, lt } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import type { ArtifactType } from '../runner/model/artifact.ts'
import type { Db } from './open.ts'
import type { ArtifactRow } from './runs.ts'
import { artifacts, runs } from './schema.ts'

/** An artifact and who made its run, which decides who may see it. */
export type ArtifactView = { artifact: ArtifactRow; runCreatedBy: string | null }

/** @throws Problem `not_found` */
export const getArtifact = (db: Db, org: string, id: string): Promise<ArtifactView> =>
  db.read(async (query) => {
    const [found] = await query
      .select({ artifact: artifacts, runCreatedBy: runs.createdBy })
      .from(artifacts)
      .innerJoin(runs, eq(runs.id, artifacts.runId))
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

/** Newest first. */
export const listArtifacts = (
  db: Db,
  org: string,
  filter: { runId?: string | undefined; type?: ArtifactType | undefined },
  page: { limit: number; offset?: number | undefined; cursor?: string | undefined },
): Promise<{ artifacts: ArtifactRow[]; total: number }> =>
  db.read(async (query) => {
    const where = and(
      eq(artifacts.org, org),
      filter.runId ? eq(artifacts.runId, filter.runId) : undefined,
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

/** Which of these ids the store knows: files of others were left by a process that died. */
export const knownArtifacts = (db: Db, ids: readonly string[]): Promise<Set<string>> =>
  db.read(async (query) => {
    const rows = ids.length === 0 ? [] : await query.select({ id: artifacts.id }).from(artifacts).where(inArray(artifacts.id, [...ids])).orderBy(asc(artifacts.id))
    return new Set(rows.map((row) => row.id))
  })
