import { and, desc, eq, inArray, isNull, lt, or } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import { fromNow } from './callbacks.ts'
import { holdIn, resumeIn } from './delivery-order.ts'
import type { Followers } from './followers.ts'
import { visibleJobRun } from './job-runs.ts'
import type { Db, Query } from './open.ts'
import { visible, type Viewer } from './runs.ts'
import { jobRuns, runs, webhooks } from './schema.ts'

export type WebhookRow = typeof webhooks.$inferSelect

/** Who sends deliveries waits for this, in the place of a run's id. */
export const DELIVERIES = 'webhook-deliveries'

/** More would make every event of the org as many deliveries. */
const MOST = 100

export type NewWebhook = Pick<WebhookRow, 'id' | 'url' | 'events' | 'workflowId' | 'description' | 'enabled'> & { sealedSecret: Buffer }

/** @throws Problem `conflict` when the org has as many as it may */
export const createWebhook = (db: Db, viewer: Viewer, webhook: NewWebhook, at: number): Promise<WebhookRow> =>
  db.write(async (tx) => {
    if ((await tx.$count(webhooks, and(eq(webhooks.org, viewer.org), isSubscription))) >= MOST) throw problem('conflict', `An org may have ${MOST} webhooks.`)
    const row: WebhookRow = {
      ...webhook,
      org: viewer.org,
      runId: null,
      jobRunId: null,
      disabledReason: null,
      lane: webhook.id,
      ...(await fromNow(tx)),
      viewerId: viewer.userId,
      seesAllRuns: viewer.seesAllRuns,
      sealedOldSecret: null,
      oldSecretUntil: null,
      createdBy: viewer.userId,
      createdAt: at,
      updatedAt: at,
    }
    await tx.insert(webhooks).values(row)
    return row
  })

/** Those that came with no run, nor job run. */
const isSubscription = and(isNull(webhooks.runId), isNull(webhooks.jobRunId))

/** Those of the org; a callback is seen by those who see its run. */
const seen = (query: Query, viewer: Viewer) =>
  and(
    eq(webhooks.org, viewer.org),
    viewer.seesAllRuns
      ? undefined
      : or(
          isSubscription,
          inArray(webhooks.runId, query.select({ id: runs.id }).from(runs).where(visible(viewer))),
          inArray(webhooks.jobRunId, query.select({ id: jobRuns.id }).from(jobRuns).where(visibleJobRun(viewer))),
        ),
  )

const isCallback = ({ runId, jobRunId }: WebhookRow): boolean => runId !== null || jobRunId !== null

const findIn = async (tx: Query, viewer: Viewer, id: string): Promise<WebhookRow> => {
  const [found] = await tx
    .select()
    .from(webhooks)
    .where(and(seen(tx, viewer), eq(webhooks.id, id)))
  if (!found) throw problem('not_found', `No webhook ${id}.`)
  return found
}

/** A webhook, or what a `callbackUrl` became. @throws Problem `not_found` */
export const getWebhook = (db: Db, viewer: Viewer, id: string): Promise<WebhookRow> => db.read(async (query) => findIn(query, viewer, id))

/** Newest first; with an id the one that came with that run or job run. */
export const listWebhooks = (
  db: Db,
  viewer: Viewer,
  { runId, jobRunId }: { runId?: string | undefined; jobRunId?: string | undefined },
  page: { limit: number; offset?: number | undefined; cursor?: string | undefined },
): Promise<{ webhooks: WebhookRow[]; total: number }> =>
  db.read(async (query) => {
    const of = runId !== undefined ? eq(webhooks.runId, runId) : jobRunId !== undefined ? eq(webhooks.jobRunId, jobRunId) : isSubscription
    const where = and(seen(query, viewer), of)
    const total = await query.$count(webhooks, where)
    const found = await query
      .select()
      .from(webhooks)
      .where(and(where, page.cursor ? lt(webhooks.id, page.cursor) : undefined))
      .orderBy(desc(webhooks.id))
      .limit(page.limit)
      .offset(page.offset ?? 0)
    return { webhooks: found, total }
  })

export type WebhookChange = Partial<Pick<WebhookRow, 'url' | 'events' | 'workflowId' | 'description' | 'enabled'>>

/**
 * Changes a webhook. From then on it tells what whoever changed it may see: a member must not turn to himself what an admin set up. One that
 * is enabled again goes on with what was left to send.
 * @throws Problem `not_found`; `conflict` when it belongs to a run
 */
export const updateWebhook = async (db: Db, followers: Followers, viewer: Viewer, id: string, change: WebhookChange, at: number): Promise<WebhookRow> => {
  const row = await db.write(async (tx) => {
    const before = await findIn(tx, viewer, id)
    if (isCallback(before)) throw problem('conflict', 'This belongs to a run and goes with it: it cannot be changed.')
    const after: WebhookRow = { ...before, ...change, viewerId: viewer.userId, seesAllRuns: viewer.seesAllRuns, updatedAt: at }
    if (after.enabled) after.disabledReason = null
    if (after.enabled && !before.enabled) {
      Object.assign(after, await fromNow(tx))
      await resumeIn(tx, id, at)
    }
    if (!after.enabled && before.enabled) await holdIn(tx, id)
    await tx.update(webhooks).set(after).where(eq(webhooks.id, id))
    return after
  })
  followers.wake(DELIVERIES)
  return row
}

/** Gives a webhook another secret; the one before is signed with as well until `oldSecretUntil`. @throws Problem `not_found`, `conflict` */
export const rotateWebhookSecret = (db: Db, viewer: Viewer, id: string, { sealedSecret, oldSecretUntil, at }: { sealedSecret: Buffer; oldSecretUntil: number; at: number }): Promise<void> =>
  db.write(async (tx) => {
    const before = await findIn(tx, viewer, id)
    const { sealedSecret: sealedOldSecret } = before
    if (isCallback(before)) throw problem('conflict', 'The secret of a callbackUrl is that of its caller.')
    await tx.update(webhooks).set({ sealedSecret, sealedOldSecret, oldSecretUntil, updatedAt: at }).where(eq(webhooks.id, id))
  })

/** Deletes a webhook with its deliveries. @throws Problem `not_found` */
export const deleteWebhook = (db: Db, viewer: Viewer, id: string): Promise<void> =>
  db.write(async (tx) => {
    await findIn(tx, viewer, id)
    await tx.delete(webhooks).where(eq(webhooks.id, id))
  })
