import { and, asc, eq, gt, gte, inArray, isNull, lte, max, min, or, sql } from 'drizzle-orm'
import { EVENT_OF, type WebhookEvent } from '../runner/model/webhook.ts'
import type { RunState } from '../runner/model/run.ts'
import { moveCursorIn } from './cursors.ts'
import { isBehindAnother } from './delivery-order.ts'
import type { StoredEvent } from './change.ts'
import type { Db, Query } from './open.ts'
import { events, inputRequests, runs, webhookDeliveries, webhooks, workflows } from './schema.ts'
import type { WebhookRow } from './webhooks.ts'

/** The follower that makes deliveries of events. */
const NAME = 'webhooks'
const PAGE = 200

type Run = Pick<typeof runs.$inferSelect, 'id' | 'org' | 'workflowId' | 'createdBy'>
type NewDelivery = typeof webhookDeliveries.$inferInsert
/** An event that is worth telling. */
type News = { event: StoredEvent; type: WebhookEvent; run: Run; subjectId: string | null }

/** A run that goes on after a pause is not started. */
const isFirstStart = async (tx: Query, { runId, seq, data }: StoredEvent): Promise<boolean> => {
  if (data.state !== 'IN_PROGRESS') return false
  const [earlier] = await tx
    .select({ seq: events.seq })
    .from(events)
    .where(and(eq(events.runId, runId), eq(events.type, 'run.started'), sql`${events.seq} < ${seq}`))
    .limit(1)
  return earlier === undefined
}

/** The question that the run waited for from this event on: what a program wrote that did not yet name the questions of its events. */
const questionAt = async (tx: Query, { runId, at }: StoredEvent): Promise<string[]> => {
  const { id, createdAt, status, updatedAt } = inputRequests
  const rows = await tx
    .select({ id })
    .from(inputRequests)
    .where(and(eq(inputRequests.runId, runId), lte(createdAt, at), or(eq(status, 'pending'), gte(updatedAt, at))))
    .orderBy(asc(id))
    .limit(1)
  return rows.map((row) => row.id)
}

/** What an event is to those outside, nothing new to them for the most part. Each question is told once, with the event that says so first. */
const toNews = async (tx: Query, event: StoredEvent, run: Run | undefined): Promise<News[]> => {
  const type = EVENT_OF[event.type]
  if (!type || !run) return []
  if (event.type === 'run.started' && !(await isFirstStart(tx, event))) return []
  if (type === 'workflow_run.awaiting_user_input') {
    const questions = (event.data.questions as string[] | undefined) ?? (await questionAt(tx, event))
    return questions.map((subjectId) => ({ event, type, run, subjectId }))
  }
  return [{ event, type, run, subjectId: (event.data.artifactId as string | undefined) ?? null }]
}

const wants = (hook: WebhookRow, { event, type, run }: News, hidden: ReadonlySet<string>): boolean =>
  hook.org === run.org &&
  (hook.runId === null || hook.runId === run.id) &&
  (hook.workflowId === null || hook.workflowId === run.workflowId) &&
  hook.fromSeq < event.seq &&
  hook.events.includes(type) &&
  (hook.seesAllRuns || !hidden.has(run.workflowId) || (hook.viewerId !== null && hook.viewerId === run.createdBy))

/** Whether a hook has heard of a question already, from a program that keeps no account of what it has told. */
const isTold = async (tx: Query, hook: WebhookRow, { run, type, subjectId }: News): Promise<boolean> => {
  if (type !== 'workflow_run.awaiting_user_input' || subjectId === null) return false
  const { webhookId, runId, type: told, subjectId: subject } = webhookDeliveries
  return (await tx.$count(webhookDeliveries, and(eq(webhookId, hook.id), eq(runId, run.id), eq(told, type), eq(subject, subjectId)))) > 0
}

const hooksFor = (tx: Query, found: readonly Run[]): Promise<WebhookRow[]> => {
  const [orgs, ids] = [[...new Set(found.map(({ org }) => org))], found.map(({ id }) => id)]
  return tx
    .select()
    .from(webhooks)
    .where(and(eq(webhooks.enabled, true), or(and(inArray(webhooks.org, orgs), isNull(webhooks.runId), isNull(webhooks.jobRunId)), inArray(webhooks.runId, ids))))
    .orderBy(asc(webhooks.id))
}

const hiddenAmong = async (tx: Query, found: readonly Run[]): Promise<Set<string>> => {
  const rows = await tx
    .select({ id: workflows.id })
    .from(workflows)
    .where(and(inArray(workflows.id, [...new Set(found.map(({ workflowId }) => workflowId))]), eq(workflows.allowAnyoneToViewRuns, false)))
  return new Set(rows.map(({ id }) => id))
}

const fanOutIn = async (tx: Query, page: readonly StoredEvent[], { at, newId }: { at: number; newId: () => string }): Promise<number> => {
  const ids = [...new Set(page.map(({ runId }) => runId))]
  const found = await tx.select({ id: runs.id, org: runs.org, workflowId: runs.workflowId, createdBy: runs.createdBy }).from(runs).where(inArray(runs.id, ids))
  const hooks = await hooksFor(tx, found)
  if (hooks.length === 0) return 0
  const runOf = new Map(found.map((run) => [run.id, run]))
  const hidden = await hiddenAmong(tx, found)
  let made = 0
  const all: News[] = []
  for (const event of page) all.push(...(await toNews(tx, event, runOf.get(event.runId))))
  for (const news of all) {
    const { event } = news
    const eventId = newId()
    for (const hook of hooks) {
      if (!wants(hook, news, hidden) || (await isTold(tx, hook, news))) continue
      const delivery: NewDelivery = {
        id: newId(),
        org: hook.org,
        webhookId: hook.id,
        lane: hook.lane,
        runId: event.runId,
        eventId,
        type: news.type,
        state: (event.data.state as RunState | undefined) ?? null,
        currentStateName: (event.data.currentStateName as string | null | undefined) ?? null,
        subjectId: news.subjectId,
        at: event.at,
        status: 'pending',
        nextAt: (await isBehindAnother(tx, { webhookId: hook.id, runId: event.runId, jobRunId: null })) ? null : at,
        askedAt: at,
        attempts: 0,
        history: [],
        createdAt: at,
      }
      await tx.insert(webhookDeliveries).values(delivery)
      made++
    }
  }
  return made
}

/** What there is to look at after `cursor`, and how far it goes. Nothing is looked at where nobody listens. */
const read = (db: Db, cursor: number): Promise<{ page: StoredEvent[]; upTo: number }> =>
  db.read(async (query) => {
    const [last] = await query.select({ seq: max(events.seq) }).from(events)
    const upTo = Math.max(cursor, last?.seq ?? 0)
    if (upTo === cursor) return { page: [], upTo }
    const [oldest] = await query.select({ seq: min(webhooks.fromSeq) }).from(webhooks).where(eq(webhooks.enabled, true))
    if (!oldest || oldest.seq === null) return { page: [], upTo }
    const page = await query
      .select()
      .from(events)
      .where(and(gt(events.seq, Math.max(cursor, oldest.seq)), lte(events.seq, upTo), inArray(events.type, Object.keys(EVENT_OF))))
      .orderBy(asc(events.seq))
      .limit(PAGE)
    return { page, upTo: page.length < PAGE ? upTo : page.at(-1)!.seq }
  })

/**
 * Makes deliveries of what has happened after `cursor`: each once, because the cursor moves in the transaction that writes them.
 * @returns how far it has come, how many deliveries were made, and whether there is more to look at
 */
export const fanOut = async (db: Db, cursor: number, stamp: { at: number; newId: () => string }): Promise<{ cursor: number; made: number; more: boolean }> => {
  const { page, upTo } = await read(db, cursor)
  if (page.length === 0) return { cursor: upTo, made: 0, more: false }
  const made = await db.write(async (tx) => {
    const count = await fanOutIn(tx, page, stamp)
    await moveCursorIn(tx, NAME, upTo)
    return count
  })
  return { cursor: upTo, made, more: page.length === PAGE }
}

export const FAN_OUT = NAME
