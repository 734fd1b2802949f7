import { and, eq, inArray, isNull, ne, sql } from 'drizzle-orm'
import type { Query } from './open.ts'
import { webhookDeliveries as deliveries, webhooks } from './schema.ts'

/**
 * Deliveries of one run to one webhook go out in order: only the first that is pending has a time (`nextAt`), and the one after it gets its
 * time when that is done with. So whatever has a time may be sent.
 */

type Place = { webhookId: string; runId: string }

const pendingOf = ({ webhookId, runId }: Place) => and(eq(deliveries.webhookId, webhookId), eq(deliveries.runId, runId), eq(deliveries.status, 'pending'))

/** Lets the first that is pending go, unless it has its time already, and holds back the others. @returns whether there is one */
export const orderIn = async (tx: Query, place: Place, at: number): Promise<boolean> => {
  const [first] = await tx.select({ id: deliveries.id, nextAt: deliveries.nextAt }).from(deliveries).where(pendingOf(place)).orderBy(deliveries.id).limit(1)
  if (!first) return false
  if (first.nextAt === null) await tx.update(deliveries).set({ nextAt: at }).where(eq(deliveries.id, first.id))
  await tx
    .update(deliveries)
    .set({ nextAt: null })
    .where(and(pendingOf(place), ne(deliveries.id, first.id), sql`${deliveries.nextAt} IS NOT NULL`))
  return true
}

/** Holds back all of a webhook that is disabled. */
export const holdIn = async (tx: Query, webhookId: string): Promise<void> => {
  await tx
    .update(deliveries)
    .set({ nextAt: null })
    .where(and(eq(deliveries.webhookId, webhookId), eq(deliveries.status, 'pending')))
}

/** Lets go again what was held back: the first of each run, and what belongs to none. */
export const resumeIn = async (tx: Query, webhookId: string, at: number): Promise<void> => {
  const firsts = tx
    .select({ id: sql<string>`min(${deliveries.id})` })
    .from(deliveries)
    .where(and(eq(deliveries.webhookId, webhookId), eq(deliveries.status, 'pending')))
    .groupBy(sql`coalesce(${deliveries.runId}, ${deliveries.id})`)
  await tx
    .update(deliveries)
    .set({ nextAt: at })
    .where(and(inArray(deliveries.id, firsts), isNull(deliveries.nextAt)))
}

/** A webhook whose receiver says that it is gone: what was left to send has failed. */
export const giveUpIn = async (tx: Query, webhookId: string, at: number): Promise<void> => {
  await tx.update(webhooks).set({ enabled: false, disabledReason: 'gone', updatedAt: at }).where(eq(webhooks.id, webhookId))
  await tx
    .update(deliveries)
    .set({ status: 'failed', nextAt: null, completedAt: at })
    .where(and(eq(deliveries.webhookId, webhookId), eq(deliveries.status, 'pending')))
}
