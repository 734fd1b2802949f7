import { and, eq, gte, sql } from 'drizzle-orm'
import type { RunStatus } from '../runner/model/run.ts'
import type { Db, Query } from './open.ts'
import { visible, type Viewer } from './runs.ts'
import { runs } from './schema.ts'

const DAY_MS = 86_400_000

/** What of a workflow's runs ended on a day, and how long those took that completed: half of them took no longer than the median. */
export type DayOfRuns = { startMs: number; counts: Partial<Record<RunStatus, number>>; medianMs: number | null }
export type RunStats = { days: DayOfRuns[]; medianMs: number | null }

/** @param offsetMs from UTC, of the days */
type Span = { workflowId: string; sinceMs: number; offsetMs: number }

/** Written out: a number that fills a place in a statement is no integer to SQLite, and divides as one that is none. */
const dayOf = ({ offsetMs }: Span) => sql<number>`(${runs.completedAt} + ${sql.raw(String(Math.trunc(offsetMs)))}) / ${sql.raw(String(DAY_MS))}`

/** By `part`: the mean of the one or two durations in the middle. */
const medians = async (query: Query, viewer: Viewer, span: Span, part: ReturnType<typeof dayOf>): Promise<Map<number, number>> => {
  const ended = query
    .select({ part: part.as('part'), ms: sql<number>`${runs.completedAt} - ${runs.startedAt}`.as('ms') })
    .from(runs)
    .where(and(visible(viewer), eq(runs.workflowId, span.workflowId), eq(runs.status, 'completed'), gte(runs.completedAt, span.sinceMs), sql`${runs.startedAt} IS NOT NULL`))
    .as('ended')
  const ranked = query
    .select({
      part: ended.part,
      ms: ended.ms,
      place: sql<number>`row_number() OVER (PARTITION BY ${ended.part} ORDER BY ${ended.ms})`.as('place'),
      total: sql<number>`count(*) OVER (PARTITION BY ${ended.part})`.as('total'),
    })
    .from(ended)
    .as('ranked')
  const rows = await query
    .select({ part: ranked.part, ms: sql<number>`avg(${ranked.ms})` })
    .from(ranked)
    .where(sql`${ranked.place} IN ((${ranked.total} + 1) / 2, (${ranked.total} + 2) / 2)`)
    .groupBy(sql`${ranked.part}`)
  return new Map(rows.map(({ part: of, ms }) => [of, Math.round(ms)]))
}

/** What of a workflow's runs has ended since a time, day by day, those days left out on which none did. */
export const statsOfWorkflow = (db: Db, viewer: Viewer, span: Span): Promise<RunStats> =>
  db.read(async (query) => {
    const day = dayOf(span)
    const counted = await query
      .select({ day, status: runs.status, count: sql<number>`count(*)` })
      .from(runs)
      .where(and(visible(viewer), eq(runs.workflowId, span.workflowId), gte(runs.completedAt, span.sinceMs)))
      .groupBy(day, runs.status)
      .orderBy(day)
    const byDay = await medians(query, viewer, span, day)
    const days = new Map<number, DayOfRuns>()
    for (const row of counted) {
      const known = days.get(row.day) ?? { startMs: row.day * DAY_MS - span.offsetMs, counts: {}, medianMs: byDay.get(row.day) ?? null }
      known.counts[row.status] = row.count
      days.set(row.day, known)
    }
    return { days: [...days.values()], medianMs: (await medians(query, viewer, span, sql<number>`0`)).get(0) ?? null }
  })
