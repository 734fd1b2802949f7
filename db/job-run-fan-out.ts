import { and, asc, eq, inArray, isNull, or } from 'drizzle-orm'
import { moveCursorIn } from './cursors.ts'
import { isBehindAnother } from './delivery-order.ts'
import { jobRunEventsAfter, type JobRunEvent } from './job-run-events.ts'
import type { JobRunRow } from './job-runs.ts'
import type { Db, Query } from './open.ts'
import { jobRuns, webhookDeliveries, webhooks } from './schema.ts'
import type { WebhookRow } from './webhooks.ts'

/** The follower that makes deliveries of what happens to job runs. */
export const JOB_FAN_OUT = 'webhooks-of-job-runs'
const PAGE = 200

/** One that listens to a workflow hears of its runs, and not of jobs that it is part of. */
const wants = (hook: WebhookRow, event: JobRunEvent, jobRun: JobRunRow): boolean =>
  hook.org === event.org &&
  (hook.jobRunId === null || hook.jobRunId === event.jobRunId) &&
  hook.workflowId === null &&
  hook.fromJobSeq < event.seq &&
  hook.events.includes(event.type) &&
  (hook.seesAllRuns || jobRun.anyoneMayView || (hook.viewerId !== null && hook.viewerId === jobRun.createdBy))

const fanOutIn = async (tx: Query, page: readonly JobRunEvent[], { at, newId }: { at: number; newId: () => string }): Promise<number> => {
  const hooks = await tx
    .select()
    .from(webhooks)
    .where(
      and(
        eq(webhooks.enabled, true),
        or(and(inArray(webhooks.org, [...new Set(page.map(({ org }) => org))]), isNull(webhooks.runId), isNull(webhooks.jobRunId)), inArray(webhooks.jobRunId, page.map(({ jobRunId }) => jobRunId))),
      ),
    )
    .orderBy(asc(webhooks.id))
  if (hooks.length === 0) return 0
  const found = await tx.select().from(jobRuns).where(inArray(jobRuns.id, [...new Set(page.map(({ jobRunId }) => jobRunId))]))
  const jobRunOf = new Map(found.map((jobRun) => [jobRun.id, jobRun]))
  let made = 0
  for (const event of page) {
    const jobRun = jobRunOf.get(event.jobRunId)
    const eventId = newId()
    for (const hook of hooks) {
      if (!jobRun || !wants(hook, event, jobRun)) continue
      const behind = await isBehindAnother(tx, { webhookId: hook.id, runId: null, jobRunId: event.jobRunId })
      const { id: webhookId, org, lane } = hook
      const { jobRunId, type } = event
      await tx
        .insert(webhookDeliveries)
        .values({ id: newId(), org, webhookId, lane, jobRunId, eventId, type, at: event.at, status: 'pending', nextAt: behind ? null : at, askedAt: at, attempts: 0, history: [], createdAt: at })
      made++
    }
  }
  return made
}

/** Makes deliveries of what has happened to job runs after `cursor`, as `fanOut` does of what happened to runs. */
export const fanOutJobRuns = async (db: Db, cursor: number, stamp: { at: number; newId: () => string }): Promise<{ cursor: number; made: number; more: boolean }> => {
  const page = await jobRunEventsAfter(db, cursor, PAGE)
  const last = page.at(-1)
  if (!last) return { cursor, made: 0, more: false }
  const made = await db.write(async (tx) => {
    const count = await fanOutIn(tx, page, stamp)
    await moveCursorIn(tx, JOB_FAN_OUT, last.seq)
    return count
  })
  return { cursor: last.seq, made, more: page.length === PAGE }
}
