import { and, eq, inArray, isNotNull, isNull, lt, lte, ne, sql, type SQL } from 'drizzle-orm'
import type { Attempt } from '../runner/model/webhook.ts'
import { deliveryStatements } from './delivery-statements.ts'
import type { Query } from './open.ts'
import { webhookDeliveries as deliveries, webhooks } from './schema.ts'

/**
 * Deliveries of one run, or job run, to one webhook go out in order: only the first that is pending has a time (`nextAt`), and the one after it
 * gets its time when that is done with. So whatever has a time may be sent.
 */

/** Of a run or a job run; what is of neither waits for nobody. */
type Place = { webhookId: string; runId: string | null; jobRunId: string | null }

const firstPending = async (tx: Query, { webhookId, runId, jobRunId }: Place): Promise<{ id: string; nextAt: number | null } | undefined> => {
  const { firstOfRun, firstOfJobRun } = deliveryStatements(tx)
  const [first] = runId === null ? (jobRunId === null ? [] : await firstOfJobRun.execute({ webhookId, jobRunId })) : await firstOfRun.execute({ webhookId, runId })
  return first
}

/** Whether there is something of this place that must go before. */
export const isBehindAnother = async (tx: Query, place: Place): Promise<boolean> => (await firstPending(tx, place)) !== undefined

/** Lets the next go after one that is done with. @returns whether there is one */
export const releaseIn = async (tx: Query, place: Place, at: number): Promise<boolean> => {
  const first = await firstPending(tx, place)
  if (first?.nextAt === null) await tx.update(deliveries).set({ nextAt: at }).where(eq(deliveries.id, first.id))
  return first !== undefined
}

const pendingOf = (webhookId: string) => and(eq(deliveries.webhookId, webhookId), eq(deliveries.status, 'pending'))

/** What comes first of its run or job run, and what belongs to none. */
const firstsOf = (tx: Query, which: SQL | undefined) =>
  tx
    .select({ id: sql<string>`min(${deliveries.id})` })
    .from(deliveries)
    .where(which)
    .groupBy(sql`coalesce(${deliveries.runId}, ${deliveries.jobRunId}, ${deliveries.id})`)

/** Holds back all of a webhook that is disabled. */
export const holdIn = async (tx: Query, webhookId: string): Promise<void> => {
  await tx.update(deliveries).set({ nextAt: null }).where(and(pendingOf(webhookId), isNotNull(deliveries.nextAt)))
}

/** Lets go again what was held back. */
export const resumeIn = async (tx: Query, webhookId: string, at: number): Promise<void> => {
  await tx
    .update(deliveries)
    .set({ nextAt: at })
    .where(and(inArray(deliveries.id, firstsOf(tx, pendingOf(webhookId))), isNull(deliveries.nextAt)))
}

const notNull = (ids: readonly (string | null)[]): string[] => ids.filter((id) => id !== null)

/** What of the same runs and job runs is pending, in order. Found run by run: going through all that is pending would take longer the more there is. */
const pendingBeside = async (tx: Query, webhookId: string, rows: readonly Place[]) => {
  const beside = (ids: SQL) =>
    tx
      .select({ id: deliveries.id, runId: deliveries.runId, jobRunId: deliveries.jobRunId, nextAt: deliveries.nextAt })
      .from(deliveries)
      // The plus keeps SQLite from the index by status.
      .where(and(eq(deliveries.webhookId, webhookId), ids, sql`+${deliveries.status} = 'pending'`))
  const found = [...(await beside(inArray(deliveries.runId, notNull(rows.map(({ runId }) => runId))))), ...(await beside(inArray(deliveries.jobRunId, notNull(rows.map(({ jobRunId }) => jobRunId)))))]
  return found.sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Makes deliveries of a webhook pending anew; what comes after one of them waits for it. */
export const againIn = async (tx: Query, webhookId: string, rows: readonly (Place & { id: string })[], at: number): Promise<void> => {
  const ids = rows.map(({ id }) => id)
  await tx.update(deliveries).set({ status: 'pending', askedAt: sql`max(${at}, ${deliveries.askedAt} + 1)`, attempts: 0, completedAt: null, nextAt: null }).where(inArray(deliveries.id, ids))
  const beside = await pendingBeside(tx, webhookId, rows)
  const firsts = new Set(new Map(beside.toReversed().map(({ id, runId, jobRunId }) => [runId ?? jobRunId, id])).values())
  const alone = rows.filter(({ runId, jobRunId }) => runId === null && jobRunId === null)
  const held = beside.filter(({ id, nextAt }) => nextAt !== null && !firsts.has(id))
  const freed = [...alone, ...beside.filter(({ id, nextAt }) => nextAt === null && firsts.has(id))]
  const setNext = (some: readonly { id: string }[], nextAt: number | null) => tx.update(deliveries).set({ nextAt }).where(inArray(deliveries.id, some.map(({ id }) => id)))
  if (held.length > 0) await setNext(held, null)
  if (freed.length > 0) await setNext(freed, at)
}

/** A receiver that asks to be left alone: what it would be sent until then waits. What somebody sends by hand afterwards does not. */
export const restIn = async (tx: Query, lane: string, until: number): Promise<void> => {
  await tx
    .update(deliveries)
    .set({ nextAt: until })
    .where(and(eq(deliveries.lane, lane), isNotNull(deliveries.nextAt), lt(deliveries.nextAt, until), ne(deliveries.type, 'webhook.ping')))
}

/**
 * A receiver that has asked to be left alone at each attempt at one delivery has refused whatever waited with it from the first of them on: without
 * this, what waits would grow for ever, an attempt an hour.
 * @param until when what comes after that may go
 */
export const refuseIn = async (tx: Query, { lane, webhookId }: { lane: string; webhookId: string }, { since, note, until }: { since: number; note: Attempt; until: number }): Promise<void> => {
  const waiting = await tx
    .selectDistinct({ id: deliveries.webhookId })
    .from(deliveries)
    .where(and(eq(deliveries.lane, lane), isNotNull(deliveries.nextAt)))
  for (const id of new Set([webhookId, ...waiting.map((hook) => hook.id)])) {
    await tx
      .update(deliveries)
      .set({ status: 'failed', nextAt: null, completedAt: note.at, history: sql`json_insert(${deliveries.history}, '$[#]', json(${JSON.stringify(note)}))` })
      .where(and(pendingOf(id), lte(deliveries.askedAt, since)))
    await resumeIn(tx, id, until)
  }
}

/** A webhook whose receiver says that it is gone: what was left to send has failed. */
export const giveUpIn = async (tx: Query, webhookId: string, at: number): Promise<void> => {
  await tx.update(webhooks).set({ enabled: false, disabledReason: 'gone', updatedAt: at }).where(eq(webhooks.id, webhookId))
  await tx.update(deliveries).set({ status: 'failed', nextAt: null, completedAt: at }).where(pendingOf(webhookId))
}
