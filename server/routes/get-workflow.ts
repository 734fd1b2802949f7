import { z } from 'zod'
import { getWorkflow } from '../../db/workflows.ts'
import { defineRoute } from '../route.ts'
import { toWorkflow, workflowWire } from '../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/workflows/:workflowId',
  tag: 'Workflows',
  summary: 'Get a workflow by UUID or identifier.',
  allow: 'viewer',
  params: z.object({ workflowId: z.string() }),
  query: z.object({
    version: z
      .string()
      .regex(/^[1-9]\d{0,8}$/, 'must be a version number')
      .transform(Number)
      .optional()
      .meta({ type: 'integer', minimum: 1, description: 'The latest when not given.' }),
  }),
  answers: { 200: { description: 'The workflow.', schema: z.object({ workflow: workflowWire }) } },
  handle: async ({ db }, { params, query, caller }) => ({ status: 200, body: { workflow: toWorkflow(await getWorkflow(db, caller.org, params.workflowId, query.version)) } }),
})
