import { eq, min, sql } from 'drizzle-orm'
import type { Db } from './open.ts'
import { artifacts, runCounts, runs } from './schema.ts'

export type Stored = { runs: number; oldestRunAt: number | null; files: number; fileBytes: number }

/** What an org has in store. Times in milliseconds since 1970. */
export const readStored = (db: Db, org: string): Promise<Stored> =>
  db.read(async (query) => {
    const [counted] = await query.select({ runs: sql<number>`coalesce(sum(${runCounts.count}), 0)` }).from(runCounts).where(eq(runCounts.org, org))
    const [oldest] = await query.select({ id: min(runs.id) }).from(runs).where(eq(runs.org, org))
    const [first] = oldest?.id ? await query.select({ createdAt: runs.createdAt }).from(runs).where(eq(runs.id, oldest.id)) : []
    const [files] = await query
      .select({ files: sql<number>`count(*)`, fileBytes: sql<number>`coalesce(sum(${artifacts.sizeBytes}), 0)` })
      .from(artifacts)
      .where(eq(artifacts.org, org))
    return { runs: counted?.runs ?? 0, oldestRunAt: first?.createdAt ?? null, files: files?.files ?? 0, fileBytes: files?.fileBytes ?? 0 }
  })
