import { and, asc, eq, gt, gte, inArray, isNotNull, lt, lte, sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Db, Query } from './open.ts'
import { activityRuns, artifacts, checkpoints, cursors, entityChanges, events, idempotencyKeys, inputRequests, jobRuns, runs, webhookDeliveries, webhooks } from './schema.ts'

/** Takes away what is marked as gone, or old, a few rows at a time: each call is one short transaction. */

/** What belongs to a run, in the order in which it goes. Files are not here: what lies on the disk goes before its row. */
const OF_RUN: { table: SQLiteTable; key: SQLiteColumn; runId: SQLiteColumn }[] = [
  { table: webhookDeliveries, key: webhookDeliveries.id, runId: webhookDeliveries.runId },
  { table: webhooks, key: webhooks.id, runId: webhooks.runId },
  { table: events, key: events.seq, runId: events.runId },
  { table: inputRequests, key: inputRequests.id, runId: inputRequests.runId },
  { table: checkpoints, key: checkpoints.activityRunId, runId: checkpoints.runId },
  { table: activityRuns, key: activityRuns.id, runId: activityRuns.runId },
]

const markedRuns = async (query: Query, where: SQL, limit: number): Promise<string[]> =>
  (await query.select({ id: runs.id }).from(runs).where(and(isNotNull(runs.purgedAt), where)).orderBy(asc(runs.id)).limit(limit)).map(({ id }) => id)

/** How far somebody has come: the run looked at last, and the last of its files. Empty at the beginning. */
export type FilePlace = { runId: string; id: string }

/**
 * Files of runs that are marked, up to `limit`, of those after a place.
 * @returns also the place to go on from; null at the end
 */
export const purgedFiles = (db: Db, after: FilePlace, limit: number): Promise<{ ids: string[]; next: FilePlace | null }> =>
  db.read(async (query) => {
    // The run of that place, and others: so each call comes further.
    const marked = await markedRuns(query, gte(runs.id, after.runId), limit + 1)
    const ids: string[] = []
    for (const runId of marked) {
      const beyond = runId === after.runId ? gt(artifacts.id, after.id) : undefined
      const rows = await query.select({ id: artifacts.id }).from(artifacts).where(and(eq(artifacts.runId, runId), beyond)).orderBy(asc(artifacts.id)).limit(limit - ids.length)
      ids.push(...rows.map(({ id }) => id))
      if (ids.length === limit) return { ids, next: { runId, id: ids.at(-1)! } }
    }
    // No id comes after a tilde.
    return { ids, next: marked.length <= limit ? null : { runId: marked.at(-1)!, id: '~' } }
  })

/** After the files themselves. */
export const forgetFiles = async (db: Db, ids: readonly string[]): Promise<void> => {
  await db.writeLazily(async (tx) => tx.delete(artifacts).where(inArray(artifacts.id, [...ids])))
}

/**
 * Takes away up to `limit` rows of runs that are marked, of those after a run, and the runs themselves once they have no files any more.
 * @returns the run to go on after; null at the end. Each call takes something away or comes further, so that whoever asks comes to the end
 */
export const purgeRuns = (db: Db, after: string, limit: number): Promise<string | null> =>
  db.writeLazily(async (tx) => {
    let left = limit
    let done = after
    const marked = await markedRuns(tx, gt(runs.id, after), limit)
    for (const id of marked) {
      for (const { table, key, runId } of OF_RUN) {
        const some = tx.select({ key }).from(table).where(eq(runId, id)).limit(left)
        left -= (await tx.delete(table).where(inArray(key, some)).returning({ key })).length
        if (left <= 0) return done
      }
      if ((await tx.$count(artifacts, eq(artifacts.runId, id))) === 0) {
        await tx.delete(runs).where(eq(runs.id, id))
        left--
      }
      done = id
      if (left <= 0) return done
    }
    return marked.length < limit ? null : done
  })

/** Which of some files the store knows of. */
export const knownFiles = (db: Db, ids: readonly string[]): Promise<Set<string>> =>
  db.read(async (query) => new Set((await query.select({ id: artifacts.id }).from(artifacts).where(inArray(artifacts.id, [...ids]))).map(({ id }) => id)))

/** The follower of entity changes: what it has not seen stays. */
const FOLLOWER = 'event-triggers'

const purgeChanges = async (tx: Query, before: number, limit: number): Promise<number> => {
  const [cursor] = await tx.select().from(cursors).where(eq(cursors.name, FOLLOWER))
  const oldest = await tx.select({ seq: entityChanges.seq, at: entityChanges.at }).from(entityChanges).where(lte(entityChanges.seq, cursor?.seq ?? 0)).orderBy(asc(entityChanges.seq)).limit(limit)
  // They are numbered in the order in which they came, so the first that is not old ends it.
  const young = oldest.findIndex(({ at }) => at >= before)
  const old = (young === -1 ? oldest : oldest.slice(0, young)).map(({ seq }) => seq)
  if (old.length > 0) await tx.delete(entityChanges).where(inArray(entityChanges.seq, old))
  return old.length
}

const purgeKeys = async (tx: Query, before: number, limit: number): Promise<number> => {
  const old = await tx.select().from(idempotencyKeys).where(lt(idempotencyKeys.createdAt, before)).orderBy(asc(idempotencyKeys.createdAt)).limit(limit)
  for (const { org, caller, call, key } of old)
    await tx.delete(idempotencyKeys).where(and(eq(idempotencyKeys.org, org), eq(idempotencyKeys.caller, caller), eq(idempotencyKeys.call, call), eq(idempotencyKeys.key, key)))
  return old.length
}

/** Deliveries that are done with, of runs that stay. */
const purgeDeliveries = async (tx: Query, before: number, limit: number): Promise<number> => {
  const old = tx.select({ id: webhookDeliveries.id }).from(webhookDeliveries).where(and(isNotNull(webhookDeliveries.completedAt), lt(webhookDeliveries.completedAt, before))).limit(limit)
  return (await tx.delete(webhookDeliveries).where(inArray(webhookDeliveries.id, old)).returning({ id: webhookDeliveries.id })).length
}

/** Job runs of which no run is left and that nobody is still to be told of; their events go with them. */
const purgeJobRuns = async (tx: Query, before: number, limit: number): Promise<number> => {
  const isEmpty = sql`NOT EXISTS (SELECT 1 FROM ${runs} WHERE ${runs.jobRunId} = ${jobRuns.id})`
  const isTold = sql`NOT EXISTS (SELECT 1 FROM ${webhookDeliveries} AS d JOIN ${webhooks} AS w ON w.id = d.webhook_id WHERE d.job_run_id = ${jobRuns.id} AND d.status = 'pending' AND w.enabled = 1)`
  const old = tx.select({ id: jobRuns.id }).from(jobRuns).where(and(isNotNull(jobRuns.completedAt), lt(jobRuns.completedAt, before), isEmpty, isTold)).limit(limit)
  return (await tx.delete(jobRuns).where(inArray(jobRuns.id, old)).returning({ id: jobRuns.id })).length
}

/** Takes away a few of the rows from before a time (milliseconds since 1970) that belong to no run. @returns whether there is more */
export const purgeOld = (db: Db, before: number, limit: number): Promise<boolean> =>
  db.writeLazily(async (tx) => {
    const gone = [await purgeChanges(tx, before, limit), await purgeKeys(tx, before, limit), await purgeDeliveries(tx, before, limit), await purgeJobRuns(tx, before, limit)]
    return gone.includes(limit)
  })
