import { z } from 'zod'
import { removeHook } from '../../db/workflow-hooks.ts'
import { getWorkflow } from '../../db/workflows.ts'
import { problem } from '../../runner/model/problem.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'delete',
  path: '/api/v1/workflows/:workflowId/hook',
  tag: 'Workflows',
  summary: 'Take away the address that starts a workflow.',
  allow: 'member',
  params: z.object({ workflowId: z.string() }),
  answers: { 204: { description: 'It answers no more.' } },
  handle: async ({ db }, { params, caller }) => {
    const { row } = await getWorkflow(db, caller.org, params.workflowId)
    if (!(await removeHook(db, row.id))) throw problem('not_found', `The workflow ${row.identifier} has no hook.`)
    return { status: 204 }
  },
})
