import { z } from 'zod'
import { countByState } from '../../db/runs.ts'
import { getWorkflowId } from '../../db/workflows.ts'
import { viewerOf } from '../caller.ts'
import { defineRoute } from '../route.ts'
import { countsWire, toCounts } from '../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/workflow-runs/dashboard/:workflowId',
  tag: 'Workflow runs',
  summary: 'Count the runs of a workflow by status, also of one that is deleted.',
  allow: 'viewer',
  params: z.object({ workflowId: z.string() }),
  answers: { 200: { description: 'All six counts, always.', schema: z.object({ workflowId: z.uuid(), total: z.int(), counts: countsWire }) } },
  handle: async ({ db }, { params, caller }) => {
    const workflowId = await getWorkflowId(db, caller.org, params.workflowId)
    return { status: 200, body: { workflowId, ...toCounts(await countByState(db, viewerOf(caller), workflowId)) } }
  },
})
