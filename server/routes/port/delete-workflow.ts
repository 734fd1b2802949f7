import { z } from 'zod'
import { deleteWorkflow } from '../../../db/workflows.ts'
import { okAlone } from '../../port-wire.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'delete',
  path: '/v1/workflows/:workflowId',
  tag: 'Port',
  summary: 'Delete a workflow, as Port does; its past runs stay.',
  allow: 'admin',
  params: z.object({ workflowId: z.string() }),
  answers: { 200: { description: 'Deleted.', schema: okAlone } },
  handle: async ({ db, clock }, { params, caller }) => {
    await deleteWorkflow(db, caller.org, params.workflowId, clock.now())
    return { status: 200, body: { ok: true } }
  },
})
