import { z } from 'zod'
import { getWorkflow } from '../../db/workflows.ts'
import { workflowTag } from '../../runner/model/workflow-tag.ts'
import { isKnown } from '../etag.ts'
import { defineRoute } from '../route.ts'
import { toWorkflow, workflowWire } from '../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/workflows/:workflowId',
  tag: 'Workflows',
  summary: 'Get a workflow by UUID or identifier. The ETag of the latest version goes into If-Match when it is saved, and into If-None-Match.',
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
  answers: { 200: { description: 'The workflow.', schema: z.object({ workflow: workflowWire }) }, 304: { description: 'It is the version that the caller has.' } },
  handle: async ({ db }, { params, query, caller, headers }) => {
    const workflow = toWorkflow(await getWorkflow(db, caller.org, params.workflowId, query.version))
    // An old version is not what a change is made of.
    if (query.version !== undefined) return { status: 200, body: { workflow } }
    const tagged = { etag: workflowTag(workflow), 'cache-control': 'private, no-cache' }
    return isKnown(headers, tagged.etag) ? { status: 304, headers: tagged } : { status: 200, headers: tagged, body: { workflow } }
  },
})
