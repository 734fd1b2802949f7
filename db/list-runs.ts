import { and, desc, eq, gte, inArray, lt, lte, or, sql, type AnyColumn, type SQL } from 'drizzle-orm'
import { QueryBuilder } from 'drizzle-orm/sqlite-core'
import { parseId } from '../runner/model/id.ts'
import { RUN_STATES, toStatus, type RunState, type RunStatus } from '../runner/model/run.ts'
import type { Db, Query } from './open.ts'
import { countsByState, viewRuns, visible, type RunView, type Viewer } from './runs.ts'
import { runs } from './schema.ts'

/** Lists of runs, newest first: by what they are of, how they stand, and what is written in them. */

export type RunFilter = {
  workflowIds?: string[] | undefined
  status?: RunStatus | undefined
  state?: RunState | undefined
  /** Any of these. */
  states?: readonly RunState[] | undefined
  /** Part of the workflow's name at the time of the run, of its inputs, or of why it failed; or the id of a run, or its end. */
  search?: string | undefined
  jobRunId?: string | undefined
  createdAfter?: number | undefined
  createdBefore?: number | undefined
}

/** What lists show of an id. */
const ID_END = /^[0-9a-f]{8}$/i

const found = (text: string): SQL | undefined => {
  const like = (column: AnyColumn, before: string, inner: string, after: string): SQL => sql`${column} LIKE ${`%${before}${inner.replace(/[\\%_]/g, '\\$&')}${after}%`} ESCAPE '\\'`
  // As it stands in JSON.
  const quoted = JSON.stringify(text).slice(1, -1)
  return or(
    like(runs.workflowName, '', text, ''),
    like(runs.inputs, '', quoted, ''),
    like(runs.error, '"message":"%', quoted, '%","stepId":'),
    eq(runs.id, parseId(text) ?? ''),
    ID_END.test(text) ? sql`${runs.id} LIKE ${`%${text.toLowerCase()}`}` : undefined,
  )
}

/** A page of runs, and how many there are of them. */
export type RunPage = { runs: RunView[]; total: number }
type Asked = { limit: number; offset?: number | undefined; cursor?: string | undefined; signal?: AbortSignal | undefined }

/** Further in, a list is best asked for by cursor. */
const DEEP = 1_000

/** Whether an index and the kept counts answer it: nothing but workflow and state is asked, and nothing far down. */
const isNear = ({ search, jobRunId, createdAfter, createdBefore }: RunFilter, { offset = 0 }: Asked): boolean =>
  !search && jobRunId === undefined && createdAfter === undefined && createdBefore === undefined && offset <= DEEP

const countRuns = async (query: Query, viewer: Viewer, filter: RunFilter): Promise<number> => {
  const counts = await countsByState(query, viewer, filter.workflowIds)
  const isAsked = (state: RunState): boolean =>
    (filter.state === undefined || filter.state === state) && (filter.states?.includes(state) ?? true) && (filter.status === undefined || filter.status === toStatus(state))
  return RUN_STATES.reduce((sum, state) => sum + (isAsked(state) ? (counts[state] ?? 0) : 0), 0)
}

const matching = (viewer: Viewer, filter: RunFilter): SQL | undefined =>
  and(
    visible(viewer),
    filter.workflowIds === undefined ? undefined : filter.workflowIds.length === 1 ? eq(runs.workflowId, filter.workflowIds[0]!) : inArray(runs.workflowId, filter.workflowIds),
    filter.state ? and(eq(runs.state, filter.state), eq(runs.status, toStatus(filter.state))) : undefined,
    filter.states ? and(inArray(runs.state, [...filter.states]), inArray(runs.status, [...new Set(filter.states.map(toStatus))])) : undefined,
    filter.status ? eq(runs.status, filter.status) : undefined,
    filter.search ? found(filter.search) : undefined,
    filter.jobRunId ? eq(runs.jobRunId, filter.jobRunId) : undefined,
    filter.createdAfter === undefined ? undefined : gte(runs.createdAt, filter.createdAfter),
    filter.createdBefore === undefined ? undefined : lte(runs.createdAt, filter.createdBefore),
  )

/** Looks at very many runs: elsewhere, so that nobody else waits. */
const scanRuns = async (db: Db, where: SQL | undefined, { limit, offset = 0, cursor, signal }: Asked): Promise<RunPage> => {
  const query = new QueryBuilder()
  const counted = query.select({ total: sql`count(*)` }).from(runs).where(where)
  const page = query
    .select({ id: runs.id })
    .from(runs)
    .where(and(where, cursor ? lt(runs.id, cursor) : undefined))
    .orderBy(desc(runs.id))
    .limit(limit)
    .offset(offset)
  const [[[total]], ids] = (await db.scan([counted, page], signal)) as [[[number]], [string][]]
  return db.read(async (read) => {
    const rows = await read
      .select()
      .from(runs)
      .where(inArray(runs.id, ids.map(([id]) => id)))
      .orderBy(desc(runs.id))
    return { runs: await viewRuns(read, rows), total }
  })
}

/**
 * Newest first.
 * @param asked.cursor the id of the last run seen; deep lists stay as fast as the first page with it
 * @throws Problem `unavailable` when too many that look at very many runs are under way
 */
export const listRuns = async (db: Db, viewer: Viewer, filter: RunFilter, asked: Asked): Promise<RunPage> => {
  const where = matching(viewer, filter)
  if (!isNear(filter, asked)) return scanRuns(db, where, asked)
  const { limit, offset = 0, cursor } = asked
  return db.read(async (query) => {
    const total = await countRuns(query, viewer, filter)
    const rows = await query
      .select()
      .from(runs)
      .where(and(where, cursor ? lt(runs.id, cursor) : undefined))
      .orderBy(desc(runs.id))
      .limit(limit)
      .offset(offset)
    return { runs: await viewRuns(query, rows), total }
  })
}
