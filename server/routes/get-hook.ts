import { z } from 'zod'
import { getHook } from '../../db/workflow-hooks.ts'
import { getWorkflow } from '../../db/workflows.ts'
import { defineRoute } from '../route.ts'
import { iso } from '../json-fields.ts'

const hookWire = z.object({ createdAt: z.iso.datetime(), createdByUserId: z.string().nullable() }).meta({ id: 'Hook', description: 'What may be told of an address that starts a workflow; it itself never is.' })

export default defineRoute({
  method: 'get',
  path: '/api/v1/workflows/:workflowId/hook',
  tag: 'Workflows',
  summary: 'Whether a workflow has an address that starts it, and since when.',
  allow: 'viewer',
  params: z.object({ workflowId: z.string() }),
  answers: { 200: { description: 'The hook; null when there is none.', schema: z.object({ hook: hookWire.nullable() }) } },
  handle: async ({ db }, { params, caller }) => {
    const { row } = await getWorkflow(db, caller.org, params.workflowId)
    const hook = await getHook(db, row.id)
    return { status: 200, body: { hook: hook && { createdAt: iso(hook.createdAt), createdByUserId: hook.createdBy } } }
  },
})
