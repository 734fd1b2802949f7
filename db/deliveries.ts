import { setImmediate } from 'node:timers/promises'
import { and, asc, desc, eq, gt, gte, inArray, isNull, lt, or } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import type { DeliveryStatus } from '../runner/model/webhook.ts'
import type { DeliveryRow } from './due-deliveries.ts'
import { againIn } from './delivery-order.ts'
import type { Followers } from './followers.ts'
import type { Db, Query } from './open.ts'
import { visibleJobRun } from './job-runs.ts'
import { visible, type Viewer } from './runs.ts'
import { jobRuns, runs, webhookDeliveries as deliveries } from './schema.ts'
import { DELIVERIES, type WebhookRow } from './webhooks.ts'

/** Deliveries as people see them, and what people have sent again. */

/** Those of runs that the viewer may see, or of none. */
const seen = (query: Query, viewer: Viewer) =>
  and(
    eq(deliveries.org, viewer.org),
    viewer.seesAllRuns
      ? undefined
      : and(
          or(isNull(deliveries.runId), inArray(deliveries.runId, query.select({ id: runs.id }).from(runs).where(visible(viewer)))),
          or(isNull(deliveries.jobRunId), inArray(deliveries.jobRunId, query.select({ id: jobRuns.id }).from(jobRuns).where(visibleJobRun(viewer)))),
        ),
  )

/** Newest first. */
export const listDeliveries = (
  db: Db,
  viewer: Viewer,
  { webhookId, status }: { webhookId: string; status?: DeliveryStatus | undefined },
  page: { limit: number; offset?: number | undefined; cursor?: string | undefined },
): Promise<{ deliveries: DeliveryRow[]; total: number }> =>
  db.read(async (query) => {
    const where = and(seen(query, viewer), eq(deliveries.webhookId, webhookId), status ? eq(deliveries.status, status) : undefined)
    const total = await query.$count(deliveries, where)
    const found = await query
      .select()
      .from(deliveries)
      .where(and(where, page.cursor ? lt(deliveries.id, page.cursor) : undefined))
      .orderBy(desc(deliveries.id))
      .limit(page.limit)
      .offset(page.offset ?? 0)
    return { deliveries: found, total }
  })

/** @throws Problem `not_found` */
export const getDelivery = (db: Db, viewer: Viewer, { webhookId, id }: { webhookId: string; id: string }): Promise<DeliveryRow> =>
  db.read(async (query) => {
    const [found] = await query
      .select()
      .from(deliveries)
      .where(and(seen(query, viewer), eq(deliveries.webhookId, webhookId), eq(deliveries.id, id)))
    if (!found) throw problem('not_found', `No delivery ${id}.`)
    return found
  })

/** What is sent anew begins anew. @throws Problem `conflict` when the webhook is disabled */
const assertEnabled = ({ enabled }: WebhookRow): void => {
  if (!enabled) throw problem('conflict', 'The webhook is disabled: enable it first.')
}

/** Makes a delivery that tells of nothing but itself. @throws Problem `conflict` */
export const createPing = async (db: Db, followers: Followers, webhook: WebhookRow, { id, eventId, at }: { id: string; eventId: string; at: number }): Promise<DeliveryRow> => {
  assertEnabled(webhook)
  const { org, lane } = webhook
  const [made] = await db.write(async (tx) =>
    tx.insert(deliveries).values({ id, org, webhookId: webhook.id, lane, eventId, type: 'webhook.ping', at, status: 'pending', nextAt: at, askedAt: at, attempts: 0, history: [], createdAt: at }).returning(),
  )
  followers.wake(DELIVERIES)
  return made!
}

/** Sends one again, whatever became of it; one that waits for its next attempt is tried at once, one that is on its way once more after that. @throws Problem `conflict` */
export const redeliver = async (db: Db, followers: Followers, webhook: WebhookRow, id: string, at: number): Promise<DeliveryRow> => {
  assertEnabled(webhook)
  const row = await db.write(async (tx) => {
    const [found] = await tx.select().from(deliveries).where(eq(deliveries.id, id))
    if (!found) throw problem('not_found', `No delivery ${id}.`)
    await againIn(tx, webhook.id, [found], at)
    const [after] = await tx.select().from(deliveries).where(eq(deliveries.id, id))
    return after!
  })
  followers.wake(DELIVERIES)
  return row
}

const STEP = 200

/**
 * Sends again all that has failed of events since a time, a step at a time, so that nobody waits for it.
 * @param since milliseconds since 1970
 * @returns how many there are
 * @throws Problem `conflict`
 */
export const redeliverFailed = async (db: Db, followers: Followers, webhook: WebhookRow, since: number, at: number): Promise<number> => {
  assertEnabled(webhook)
  const step = (after: string): Promise<string[]> =>
    db.write(async (tx) => {
      const rows = await tx
        .select({ id: deliveries.id, webhookId: deliveries.webhookId, runId: deliveries.runId, jobRunId: deliveries.jobRunId })
        .from(deliveries)
        .where(and(eq(deliveries.webhookId, webhook.id), eq(deliveries.status, 'failed'), gt(deliveries.id, after), gte(deliveries.at, since)))
        .orderBy(asc(deliveries.id))
        .limit(STEP)
      if (rows.length > 0) await againIn(tx, webhook.id, rows, at)
      return rows.map(({ id }) => id)
    })
  let count = 0
  for (let ids = await step(''); ids.length > 0; ids = ids.length < STEP ? [] : await step(ids.at(-1)!)) {
    count += ids.length
    // The store works on the one thread there is: what else goes on gets its turn here.
    await setImmediate()
  }
  followers.wake(DELIVERIES)
  return count
}
