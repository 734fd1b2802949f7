import { and, asc, gt, inArray, sql } from 'drizzle-orm'
import type { RunState } from '../runner/model/run.ts'
import type { Db } from './open.ts'
import { visible, type Viewer } from './runs.ts'
import { events, runs } from './schema.ts'

/** What lists of runs show of an event: where its run stands after it. */
export type RunChange = { seq: number; runId: string; workflowId: string; state: RunState; currentStateName: string | null; at: number }

const PAGE = 500

/** The number of the newest event of all. */
export const lastEvent = (db: Db): Promise<number> =>
  db.read(async (query) => {
    const [row] = await query.select({ seq: sql<number | null>`max(${events.seq})` }).from(events)
    return row?.seq ?? 0
  })

/**
 * The changes among the next events after `cursor`, of runs that the viewer may see, oldest first.
 * @returns `cursor`: how far it looked. The same as given when there is nothing after it.
 */
export const runChangesAfter = (db: Db, viewer: Viewer, cursor: number): Promise<{ changes: RunChange[]; cursor: number }> =>
  db.read(async (query) => {
    const page = await query
      .select({ seq: events.seq, runId: events.runId, type: events.type, data: events.data, at: events.at })
      .from(events)
      .where(gt(events.seq, cursor))
      .orderBy(asc(events.seq))
      .limit(PAGE)
    const told = page.filter(({ data }) => 'state' in data)
    const ids = [...new Set(told.map(({ runId }) => runId))]
    const seen = ids.length === 0 ? [] : await query.select({ id: runs.id }).from(runs).where(and(inArray(runs.id, ids), visible(viewer)))
    const shown = new Set(seen.map(({ id }) => id))
    const changes = told
      .filter(({ runId }) => shown.has(runId))
      .map(({ seq, runId, data, at }) => ({ seq, runId, workflowId: data.workflowId as string, state: data.state as RunState, currentStateName: data.currentStateName as string | null, at }))
    return { changes, cursor: page.at(-1)?.seq ?? cursor }
  })
