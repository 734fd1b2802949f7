import { z } from 'zod'
import { saveWorkflow } from '../save-workflow.ts'
import { defineRoute } from '../route.ts'
import { toWorkflow, workflowWire } from '../wire.ts'
import { givenWorkflow } from '../workflow-body.ts'

export default defineRoute({
  method: 'put',
  path: '/api/v1/workflows/:workflowId',
  tag: 'Workflows',
  summary: 'Replace a workflow whole: a new version.',
  allow: 'member',
  params: z.object({ workflowId: z.string() }),
  body: givenWorkflow,
  answers: { 200: { description: 'The new version.', schema: z.object({ workflow: workflowWire }) } },
  handle: async (services, { params, body, caller }) => ({ status: 200, body: { workflow: toWorkflow(await saveWorkflow(services, caller, params.workflowId, () => body)) } }),
})
