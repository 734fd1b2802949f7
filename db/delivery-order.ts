import { and, eq, inArray, isNotNull, isNull, notInArray, or, sql, type SQL } from 'drizzle-orm'
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

/** Makes deliveries of a webhook pending anew; what comes after one of them waits for it. */
export const againIn = async (tx: Query, webhookId: string, rows: readonly (Place & { id: string })[], at: number): Promise<void> => {
  const ids = rows.map(({ id }) => id)
  await tx.update(deliveries).set({ status: 'pending', attempts: 0, completedAt: null, nextAt: null }).where(inArray(deliveries.id, ids))
  const runIds = notNull(rows.map(({ runId }) => runId))
  const jobRunIds = notNull(rows.map(({ jobRunId }) => jobRunId))
  const beside = and(pendingOf(webhookId), or(inArray(deliveries.runId, runIds), inArray(deliveries.jobRunId, jobRunIds), inArray(deliveries.id, ids)))
  await tx
    .update(deliveries)
    .set({ nextAt: null })
    .where(and(beside, isNotNull(deliveries.nextAt), notInArray(deliveries.id, firstsOf(tx, beside))))
  await tx
    .update(deliveries)
    .set({ nextAt: at })
    .where(and(inArray(deliveries.id, firstsOf(tx, beside)), isNull(deliveries.nextAt)))
}

/** A webhook whose receiver says that it is gone: what was left to send has failed. */
export const giveUpIn = async (tx: Query, webhookId: string, at: number): Promise<void> => {
  await tx.update(webhooks).set({ enabled: false, disabledReason: 'gone', updatedAt: at }).where(eq(webhooks.id, webhookId))
  await tx.update(deliveries).set({ status: 'failed', nextAt: null, completedAt: at }).where(pendingOf(webhookId))
}
