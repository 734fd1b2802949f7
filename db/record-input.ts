import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import { isShared, missingOf, requiredOf, type AskedButton } from '../runner/model/shared-question.ts'
import { stepIdOf } from './step-of.ts'
import type { Change, RunRow } from './change.ts'
import type { Query } from './open.ts'
import { activityRuns, inputRequests } from './schema.ts'

/** What an event of a question to a person changes in its row. */

/** When the node before a question began: what that does makes the portal send its code, which may come before it is asked for. */
const setOutAt = async (tx: Query, runId: string, activityId: string, at: number): Promise<number> => {
  const [before] = await tx
    .select({ startedAt: sql<number | null>`max(${activityRuns.startedAt})` })
    .from(activityRuns)
    .where(and(eq(activityRuns.runId, runId), ne(activityRuns.id, activityId), ne(activityRuns.kind, 'trigger')))
  return before?.startedAt ?? at
}

export const recordInput = async (tx: Query, run: RunRow, change: Change, at: number): Promise<Record<string, unknown>> => {
  const event = change.event
  if (event.type === 'input.requested') {
    const { activityId, ...request } = event.request
    await tx.insert(inputRequests).values({
      ...request,
      schema: request.schema as Record<string, unknown>,
      buttons: request.buttons as AskedButton[],
      org: run.org,
      runId: run.id,
      workflowId: run.workflowId,
      workflowName: run.workflowName,
      activityRunId: activityId,
      status: 'pending',
      codesSince: request.account === null ? null : await setOutAt(tx, run.id, activityId, at),
      createdAt: at,
      updatedAt: at,
    })
    return { activityRunId: activityId, inputRequestId: request.id, stepId: await stepIdOf(tx, activityId), title: request.title, schema: request.schema, expiresAt: request.expiresAt }
  }
  if (event.type !== 'input.received' && event.type !== 'input.answered' && event.type !== 'input.expired' && event.type !== 'input.cancelled') return {}
  const [found] = await tx.select().from(inputRequests).where(eq(inputRequests.id, event.requestId))
  if (!found || found.runId !== run.id) throw problem('not_found', `No input request ${event.requestId}.`)
  if (found.status !== 'pending') throw problem(found.status === 'expired' ? 'gone' : 'conflict', `This question was ${found.status} already.`)
  if (event.type === 'input.received' || (event.type === 'input.answered' && isShared(found))) {
    const { by, button, comments } = event
    const answers = [...found.answers, { values: event.values as Record<string, unknown>, button, comments, by, at }]
    await tx.update(inputRequests).set({ answers, sealedValues: change.sealed ?? null, updatedAt: at }).where(eq(inputRequests.id, event.requestId))
    if (event.type === 'input.received') return { activityRunId: found.activityRunId, inputRequestId: found.id, status: found.status, by, button, required: requiredOf(found), missing: missingOf(found, answers) }
  }
  const status = event.type === 'input.answered' ? 'answered' : event.type === 'input.expired' ? 'expired' : 'cancelled'
  const answer =
    event.type === 'input.answered'
      ? {
          values: event.values as Record<string, unknown>,
          sealedValues: change.sealed ?? null,
          button: event.button,
          comments: event.comments,
          answeredBy: event.by,
          answeredAt: at,
        }
      : {}
  await tx.update(inputRequests).set({ status, updatedAt: at, ...answer }).where(eq(inputRequests.id, event.requestId))
  return { activityRunId: found.activityRunId, inputRequestId: found.id, status, by: event.type === 'input.answered' ? event.by : null }
}

/** Marks the open questions of a run that were not told of before. @returns their ids, oldest first */
export const tellQuestions = async (tx: Query, runId: string, at: number): Promise<string[]> => {
  const untold = and(eq(inputRequests.runId, runId), eq(inputRequests.status, 'pending'), isNull(inputRequests.toldAt))
  const told = await tx.update(inputRequests).set({ toldAt: at }).where(untold).returning({ id: inputRequests.id })
  return told.map(({ id }) => id).sort()
}
