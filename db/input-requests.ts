import { and, asc, desc, eq, like, or, sql, type SQL } from 'drizzle-orm'
import type { Artifact } from '../runner/model/artifact.ts'
import { problem } from '../runner/model/problem.ts'
import { isDecided, type GivenAnswer } from '../runner/model/shared-question.ts'
import type { Change, RunRow } from './change.ts'
import { recordIn } from './event-log.ts'
import type { Followers } from './followers.ts'
import type { Db, Query } from './open.ts'
import { visible, type Viewer } from './runs.ts'
import { inputRequests, runs } from './schema.ts'
import type { InputRequestRow } from './take-run.ts'

export type InputRequestView = { request: InputRequestRow; run: RunRow }

/** @throws Problem `not_found` */
export const getInputRequest = (db: Db, org: string, id: string): Promise<InputRequestView> =>
  db.read(async (query) => {
    const [found] = await query
      .select({ request: inputRequests, run: runs })
      .from(inputRequests)
      .innerJoin(runs, eq(runs.id, inputRequests.runId))
      .where(and(eq(inputRequests.org, org), eq(inputRequests.id, id)))
    if (!found) throw problem('not_found', `No input request ${id}.`)
    return found
  })

/** What a run has asked so far, oldest first. */
export const inputRequestsOf = (db: Db, runId: string): Promise<InputRequestRow[]> =>
  db.read(async (query) => query.select().from(inputRequests).where(eq(inputRequests.runId, runId)).orderBy(asc(inputRequests.id)))

/** The open question of a run, the oldest where there are several; else the last one; null when it never asked. */
export const inputRequestOfRun = (db: Db, runId: string): Promise<InputRequestRow | null> =>
  db.read(async (query) => {
    const [found] = await query
      .select()
      .from(inputRequests)
      .where(eq(inputRequests.runId, runId))
      .orderBy(sql`${inputRequests.status} <> 'pending'`, sql`CASE WHEN ${inputRequests.status} = 'pending' THEN ${inputRequests.createdAt} ELSE -${inputRequests.createdAt} END`)
      .limit(1)
    return found ?? null
  })

export const SORTS = { createdAt: inputRequests.createdAt, updatedAt: inputRequests.updatedAt, workflowName: inputRequests.workflowName, status: inputRequests.status } as const

export const listInputRequests = (
  db: Db,
  viewer: Viewer,
  filter: { status?: InputRequestRow['status'] | undefined; runId?: string | undefined; search?: string | undefined },
  page: { limit: number; offset: number; sortBy: keyof typeof SORTS; sortOrder: 'asc' | 'desc' },
): Promise<{ requests: InputRequestView[]; total: number }> =>
  db.read(async (query) => {
    const pattern = sql`${`%${(filter.search ?? '').replace(/[\\%_]/g, '\\$&')}%`} ESCAPE '\\'`
    const where: SQL | undefined = and(
      eq(inputRequests.org, viewer.org),
      visible(viewer),
      filter.status ? eq(inputRequests.status, filter.status) : undefined,
      filter.runId !== undefined ? eq(inputRequests.runId, filter.runId) : undefined,
      filter.search ? or(like(inputRequests.workflowName, pattern), like(inputRequests.title, pattern), like(inputRequests.stepName, pattern)) : undefined,
    )
    const [count] = await query
      .select({ total: sql<number>`count(*)` })
      .from(inputRequests)
      .innerJoin(runs, eq(runs.id, inputRequests.runId))
      .where(where)
    const order = page.sortOrder === 'asc' ? asc : desc
    const requests = await query
      .select({ request: inputRequests, run: runs })
      .from(inputRequests)
      .innerJoin(runs, eq(runs.id, inputRequests.runId))
      .where(where)
      .orderBy(order(SORTS[page.sortBy]), order(inputRequests.id))
      .limit(page.limit)
      .offset(page.offset)
    return { requests, total: count?.total ?? 0 }
  })

/**
 * @property sealed what to keep of the answer as it was given, together with those that came before it
 * @property files what came with it: they become files of the step that asked
 */
export type NewAnswer = Omit<GivenAnswer, 'at'> & { sealed: (earlier: Buffer | null) => Buffer; files?: readonly Artifact[] }

/** Takes an answer inside a transaction that the caller holds. @throws Problem as `answerInputRequest` */
export const answerIn = async (tx: Query, id: string, { sealed, files = [], ...shown }: NewAnswer, at: number): Promise<InputRequestView> => {
  const [request] = await tx.select().from(inputRequests).where(eq(inputRequests.id, id))
  if (!request) throw problem('not_found', `No input request ${id}.`)
  if (request.status === 'pending' && request.expiresAt <= at) throw problem('gone', 'The time to answer this question is over.')
  if (request.status === 'pending' && request.answers.some(({ by }) => by === shown.by)) throw problem('conflict', 'You have answered this question already.')
  const type = isDecided(request, [...request.answers, shown], shown.button) ? 'input.answered' : 'input.received'
  const created = files.map((artifact): Change => ({ event: { type: 'artifact.created', activityId: request.activityRunId, artifact } }))
  const run = await recordIn(tx, request.runId, [...created, { event: { type, requestId: id, ...shown }, sealed: sealed(request.sealedValues) }], { fence: null, at })
  const [updated] = await tx.select().from(inputRequests).where(eq(inputRequests.id, id))
  return { request: updated!, run }
}

/**
 * Takes an answer, in time: only the first one counts, or the first of each person where several are needed.
 * @throws Problem `conflict` when it was answered, or by the same person, or the run has ended, `gone` when it has expired
 */
export const answerInputRequest = async (
  db: Db,
  followers: Followers,
  id: string,
  answer: NewAnswer,
  at: number,
): Promise<InputRequestView> => {
  const result = await db.write(async (tx) => answerIn(tx, id, answer, at))
  followers.wake(result.run.id)
  return result
}
