import { z } from 'zod'
import { getExecutable } from '../../port-workflows.ts'
import { okWorkflow, toPortWorkflow } from '../../port-wire.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'get',
  path: '/v1/workflows/:workflowId',
  tag: 'Port',
  summary: 'Get a workflow that the caller may execute.',
  allow: 'viewer',
  params: z.object({ workflowId: z.string() }),
  answers: { 200: { description: 'Its latest version.', schema: okWorkflow } },
  handle: async ({ db }, { params, caller }) => ({ status: 200, body: { ok: true, workflow: toPortWorkflow(await getExecutable(db, caller, params.workflowId)) } }),
})
