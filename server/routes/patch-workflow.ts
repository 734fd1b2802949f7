import { z } from 'zod'
import { saveWorkflow } from '../save-workflow.ts'
import { defineRoute } from '../route.ts'
import { toWorkflow, workflowWire } from '../wire.ts'
import { partialWorkflow } from '../workflow-body.ts'

export default defineRoute({
  method: 'patch',
  path: '/api/v1/workflows/:workflowId',
  tag: 'Workflows',
  summary: 'Change top-level fields of a workflow: a new version.',
  allow: 'member',
  params: z.object({ workflowId: z.string() }),
  body: partialWorkflow,
  answers: { 200: { description: 'The new version.', schema: z.object({ workflow: workflowWire }) } },
  handle: async (services, { params, body, caller }) => ({
    status: 200,
    body: { workflow: toWorkflow(await saveWorkflow(services, caller, params.workflowId, (latest) => ({ ...latest, ...body }))) },
  }),
})
