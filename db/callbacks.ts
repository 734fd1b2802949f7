import { max } from 'drizzle-orm'
import type { Query } from './open.ts'
import { events, jobRunEvents, webhooks } from './schema.ts'

/** What happened before it was there is not told. */
export const fromNow = async (tx: Query): Promise<{ fromSeq: number; fromJobSeq: number }> => {
  const [last] = await tx.select({ seq: max(events.seq) }).from(events)
  const [lastOfJobs] = await tx.select({ seq: max(jobRunEvents.seq) }).from(jobRunEvents)
  return { fromSeq: last?.seq ?? 0, fromJobSeq: lastOfJobs?.seq ?? 0 }
}

/** What a `callbackUrl` becomes. */
export type Callback = Pick<typeof webhooks.$inferSelect, 'id' | 'url' | 'events' | 'lane' | 'sealedSecret'>

/** In the transaction that creates its run, or job run, so that it misses nothing of it. */
export const insertCallback = async (tx: Query, of: { runId: string } | { jobRunId: string }, { org, createdBy }: { org: string; createdBy: string | null }, callback: Callback, at: number): Promise<void> => {
  await tx.insert(webhooks).values({
    ...callback,
    ...of,
    org,
    enabled: true,
    ...(await fromNow(tx)),
    // Whoever started it may see it.
    viewerId: createdBy,
    seesAllRuns: true,
    createdBy,
    createdAt: at,
    updatedAt: at,
  })
}
