import { z } from 'zod'
import { saveWorkflow, tagOf } from '../save-workflow.ts'
import { defineRoute } from '../route.ts'
import { toWorkflow, workflowWire } from '../wire.ts'
import { partialWorkflow, withChange } from '../workflow-body.ts'

export default defineRoute({
  method: 'patch',
  path: '/api/v1/workflows/:workflowId',
  tag: 'Workflows',
  summary: 'Change top-level fields of a workflow: a new version. With If-Match only when nobody has saved another meanwhile.',
  allow: 'member',
  params: z.object({ workflowId: z.string() }),
  body: partialWorkflow,
  answers: { 200: { description: 'The new version.', schema: z.object({ workflow: workflowWire }) }, 412: { description: 'Another version has been saved since the one in If-Match.' } },
  handle: async (services, { params, body, ...call }) => {
    const saved = await saveWorkflow(services, call, params.workflowId, (latest) => withChange(latest, body))
    return { status: 200, headers: { etag: tagOf(saved) }, body: { workflow: toWorkflow(saved) } }
  },
})
