import { z } from 'zod'
import { openRunsOf } from '../../db/runs.ts'
import { getWorkflowId } from '../../db/workflows.ts'
import { Problem } from '../../runner/model/problem.ts'
import { parseId } from '../../runner/model/id.ts'
import { cancel, reasonField } from '../cancel.ts'
import { viewerOf } from '../caller.ts'
import { defineRoute } from '../route.ts'

const outcome = z.object({ runId: z.string(), status: z.enum(['cancelled', 'already_completed', 'not_eligible', 'not_found', 'error']), message: z.string().optional() })

export default defineRoute({
  method: 'post',
  path: '/api/v1/workflow-runs/cancel',
  tag: 'Workflow runs',
  summary: 'Cancel runs by id, or all runs of a workflow that have not ended.',
  allow: 'member',
  body: z
    .strictObject({
      runIds: z.array(z.string().max(100)).min(1).max(1000).optional(),
      workflowId: z.string().min(1).max(100).optional(),
      reason: reasonField,
      force: z.boolean().optional(),
    })
    .refine(({ runIds, workflowId }) => (runIds === undefined) !== (workflowId === undefined), 'Give either runIds or workflowId.')
    .meta({ id: 'CancelRuns' }),
  answers: { 200: { description: 'What became of each.', schema: z.object({ success: z.literal(true), outcomes: z.array(outcome) }) } },
  handle: async (services, { body, caller }) => {
    const { db } = services
    const ids =
      body.runIds ?? (await openRunsOf(db, viewerOf(caller), await getWorkflowId(db, caller.org, body.workflowId!)))
    const one = async (given: string): Promise<z.output<typeof outcome>> => {
      const id = parseId(given)
      if (!id) return { runId: given, status: 'not_found' }
      try {
        const cancelled = await cancel(services, caller, id, body)
        if (cancelled.type !== 'final') return { runId: given, status: 'cancelled' }
        return cancelled.state === 'CANCELLED' ? { runId: given, status: 'not_eligible', message: 'The run was cancelled already.' } : { runId: given, status: 'already_completed' }
      } catch (error) {
        if (error instanceof Problem && error.code === 'not_found') return { runId: given, status: 'not_found' }
        if (error instanceof Problem && error.code === 'not_allowed') return { runId: given, status: 'not_eligible', message: error.message }
        services.logger.error({ err: error, runId: id }, 'cancel failed')
        return { runId: given, status: 'error', message: error instanceof Problem ? error.message : 'The engine could not cancel the run.' }
      }
    }
    const outcomes = []
    for (const id of new Set(ids)) outcomes.push(await one(id))
    return { status: 200, body: { success: true, outcomes } }
  },
})
