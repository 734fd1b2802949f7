import { eq, sql } from 'drizzle-orm'
import { asksForRest, type Attempt } from '../runner/model/webhook.ts'
import { giveUpIn, refuseIn, releaseIn, restIn } from './delivery-order.ts'
import { deliveryStatements } from './delivery-statements.ts'
import { subjectIn, type Subject } from './delivery-subject.ts'
import type { Db, Query } from './open.ts'
import { webhookDeliveries as deliveries, webhooks } from './schema.ts'
import type { WebhookRow } from './webhooks.ts'

/** What is to be sent now, and what became of it. */

export type DeliveryRow = typeof deliveries.$inferSelect
export type DueDelivery = { delivery: DeliveryRow; webhook: WebhookRow; /** Null, or not there: still to be read. */ subject?: Subject | null }

/** The lanes that have something due, each found by a step in the index: how much waits does not matter. @returns also when the next one has */
export const dueLanes = (db: Db, at: number): Promise<{ lanes: string[]; nextAt: number | null }> =>
  db.read(async (query) => {
    const next = (after: ReturnType<typeof sql>) => sql`SELECT min(lane) FROM ${deliveries} WHERE next_at IS NOT NULL AND lane > ${after}`
    const rows = query.all<{ lane: string; nextAt: number }>(
      sql`WITH RECURSIVE l(lane) AS (SELECT (${next(sql`''`)}) UNION ALL SELECT (${next(sql`l.lane`)}) FROM l WHERE l.lane IS NOT NULL)
          SELECT lane, (SELECT min(next_at) FROM ${deliveries} AS d WHERE d.next_at IS NOT NULL AND d.lane = l.lane) AS "nextAt" FROM l WHERE lane IS NOT NULL`,
    )
    const later = rows.filter(({ nextAt }) => nextAt > at).map(({ nextAt }) => nextAt)
    return { lanes: rows.filter(({ nextAt }) => nextAt <= at).map(({ lane }) => lane), nextAt: later.length > 0 ? Math.min(...later) : null }
  })

/** What of a lane is due, the longest overdue first, without what is on its way. */
export const dueDeliveries = (db: Db, lane: string, { at, limit, except }: { at: number; limit: number; except: ReadonlySet<string> }): Promise<DueDelivery[]> => {
  // As it is now: what is done with while this reads is still due in what it reads.
  const taken = JSON.stringify([...except])
  return db.read(async (query) => {
    const { due, webhook } = deliveryStatements(query)
    const rows = await due.execute({ lane, at, limit, except: taken })
    const hooks = new Map<string, WebhookRow>()
    for (const id of new Set(rows.map(({ webhookId }) => webhookId))) hooks.set(id, (await webhook.execute({ id }))[0]!)
    const found: DueDelivery[] = []
    for (const delivery of rows) {
      const about = { delivery, webhook: hooks.get(delivery.webhookId)! }
      found.push({ ...about, subject: await subjectIn(query, about) })
    }
    return found
  })
}

/** What came of an attempt: `retryAt` null after the last one; `restUntil` when the receiver asks to be left alone until then. */
export type Outcome = { delivery: DeliveryRow; attempt: Attempt; response: string | null } & ({ type: 'delivered' | 'gone' } | { type: 'failed'; retryAt: number | null; restUntil: number | null })

/** How many attempts are shown. */
const HISTORY = 20
const REFUSED = 'Not sent: the receiver asked to be left alone each time that it was to be told of something before.'

const settleIn = async (tx: Query, { delivery, attempt, response, ...result }: Outcome, at: number): Promise<boolean> => {
  const { id, webhookId } = delivery
  const { settle, note } = deliveryStatements(tx)
  const history = [...delivery.history, attempt].slice(-HISTORY)
  const facts = { id, askedAt: delivery.askedAt, attempts: delivery.attempts + 1, history, response }
  /** @returns whether somebody has asked for it again meanwhile: then it is to be sent once more, whatever came of this attempt */
  const write = async (what: { status: DeliveryRow['status']; nextAt: number | null; completedAt: number | null }): Promise<boolean> => {
    if ((await settle.execute({ ...facts, ...what })).length > 0) return false
    await note.execute({ id, history, response })
    return true
  }
  if (result.type === 'failed' && result.restUntil !== null) await restIn(tx, delivery.lane, result.restUntil)
  if (result.type === 'failed' && result.retryAt !== null) {
    // Nothing is sent for a webhook that was disabled meanwhile.
    const [webhook] = await tx.select({ enabled: webhooks.enabled }).from(webhooks).where(eq(webhooks.id, webhookId))
    await write({ status: 'pending', nextAt: webhook?.enabled ? result.retryAt : null, completedAt: null })
    return true
  }
  const isAskedAgain = await write({ status: result.type === 'delivered' ? 'delivered' : 'failed', nextAt: null, completedAt: at })
  if (result.type === 'gone') {
    await giveUpIn(tx, webhookId, at)
    return false
  }
  const until = (result.type === 'failed' && result.restUntil) || at
  const attempts = history.slice(-delivery.attempts - 1)
  if (result.type === 'failed' && result.restUntil !== null && !isAskedAgain && attempts.every(({ statusCode }) => asksForRest(statusCode)))
    await refuseIn(tx, delivery, { since: attempts[0]!.at, note: { at, durationMs: 0, statusCode: null, error: REFUSED }, until })
  return isAskedAgain || releaseIn(tx, delivery, until)
}

/**
 * Writes what came of attempts. A power cut may undo it: then they are sent once more, as after a process that was killed.
 * @returns whether something has another time now: those that are tried again, and others that waited for them
 */
export const settleDeliveries = (db: Db, outcomes: readonly Outcome[], at: number): Promise<boolean> =>
  db.writeLazily(async (tx) => {
    let isOtherwise = false
    for (const outcome of outcomes) if (await settleIn(tx, outcome, at)) isOtherwise = true
    return isOtherwise
  })
