import { z } from 'zod'
import { countByState } from '../../db/runs.ts'
import { getWorkflow } from '../../db/workflows.ts'
import { RUN_STATUSES, statesOf } from '../../runner/model/run.ts'
import { viewerOf } from '../caller.ts'
import { defineRoute } from '../route.ts'

const counts = z.object(Object.fromEntries(RUN_STATUSES.map((status) => [status, z.int()])) as Record<(typeof RUN_STATUSES)[number], z.ZodInt>)

export default defineRoute({
  method: 'get',
  path: '/api/v1/workflow-runs/dashboard/:workflowId',
  tag: 'Workflow runs',
  summary: 'Count the runs of a workflow by status.',
  allow: 'viewer',
  params: z.object({ workflowId: z.string() }),
  answers: { 200: { description: 'All six counts, always.', schema: z.object({ workflowId: z.uuid(), total: z.int(), counts }) } },
  handle: async ({ db }, { params, caller }) => {
    const { row } = await getWorkflow(db, caller.org, params.workflowId)
    const byState = await countByState(db, viewerOf(caller), row.id)
    const sums = RUN_STATUSES.map((status): [string, number] => [status, statesOf(status).reduce((sum, state) => sum + (byState[state] ?? 0), 0)])
    return { status: 200, body: { workflowId: row.id, total: sums.reduce((sum, [, count]) => sum + count, 0), counts: Object.fromEntries(sums) } }
  },
})
