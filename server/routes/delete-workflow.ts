import { z } from 'zod'
import { deleteWorkflow } from '../../db/workflows.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'delete',
  path: '/api/v1/workflows/:workflowId',
  tag: 'Workflows',
  summary: 'Delete a workflow; its past runs stay, and those that go on end as they would.',
  allow: 'admin',
  params: z.object({ workflowId: z.string() }),
  answers: { 204: { description: 'Deleted.' } },
  handle: async ({ db, clock }, { params, caller }) => {
    await deleteWorkflow(db, caller.org, params.workflowId, clock.now())
    return { status: 204 }
  },
})
