import { and, asc, eq, isNotNull, lte, sql } from 'drizzle-orm'
import type { Query } from './open.ts'
import { oncePerConnection } from './statements.ts'
import { webhookDeliveries as deliveries, webhooks } from './schema.ts'

/** The statements of every delivery. */

type Row = typeof deliveries.$inferSelect

const prepare = (query: Query) => {
  const first = query.select({ id: deliveries.id, nextAt: deliveries.nextAt }).from(deliveries).$dynamic()
  const firstWhere = (place: ReturnType<typeof eq>) =>
    first
      .where(and(eq(deliveries.webhookId, sql.placeholder('webhookId')), place, eq(deliveries.status, 'pending')))
      .orderBy(asc(deliveries.id))
      .limit(1)
      .prepare()
  return {
    firstOfRun: firstWhere(eq(deliveries.runId, sql.placeholder('runId'))),
    firstOfJobRun: firstWhere(eq(deliveries.jobRunId, sql.placeholder('jobRunId'))),
    /** `except`: ids, as JSON. */
    due: query
      .select()
      .from(deliveries)
      .where(
        and(
          eq(deliveries.lane, sql.placeholder('lane')),
          isNotNull(deliveries.nextAt),
          lte(deliveries.nextAt, sql.placeholder('at')),
          sql`${deliveries.id} NOT IN (SELECT value FROM json_each(${sql.placeholder('except')}))`,
        ),
      )
      .orderBy(asc(deliveries.nextAt))
      .limit(sql.placeholder('limit'))
      .prepare(),
    webhook: query.select().from(webhooks).where(eq(webhooks.id, sql.placeholder('id'))).prepare(),
    settle: query
      .update(deliveries)
      .set({
        status: sql.placeholder('status') as unknown as Row['status'],
        nextAt: sql.placeholder('nextAt') as unknown as number,
        attempts: sql.placeholder('attempts') as unknown as number,
        history: sql.placeholder('history') as unknown as Row['history'],
        response: sql.placeholder('response') as unknown as string,
        completedAt: sql.placeholder('completedAt') as unknown as number,
      })
      .where(and(eq(deliveries.id, sql.placeholder('id')), eq(deliveries.askedAt, sql.placeholder('askedAt'))))
      .returning({ id: deliveries.id })
      .prepare(),
    /** What came of an attempt that somebody did not wait for. */
    note: query
      .update(deliveries)
      .set({ history: sql.placeholder('history') as unknown as Row['history'], response: sql.placeholder('response') as unknown as string })
      .where(eq(deliveries.id, sql.placeholder('id')))
      .prepare(),
  }
}

export const deliveryStatements = oncePerConnection(prepare)
