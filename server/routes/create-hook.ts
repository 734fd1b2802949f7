import { z } from 'zod'
import { setHook } from '../../db/workflow-hooks.ts'
import { getWorkflow } from '../../db/workflows.ts'
import { newHookToken } from '../hook-token.ts'
import { defineRoute } from '../route.ts'
import { triggerForCall } from '../self-serve.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/workflows/:workflowId/hook',
  tag: 'Workflows',
  summary: 'Give a workflow an address that starts it without an account; the one before ends.',
  allow: 'member',
  params: z.object({ workflowId: z.string() }),
  answers: { 201: { description: 'The address, which is shown only now.', schema: z.object({ url: z.url(), token: z.string() }) }, 409: { description: 'The workflow has no self-serve trigger that is published.' } },
  handle: async ({ db, clock }, { params, caller, origin }) => {
    const stored = await getWorkflow(db, caller.org, params.workflowId)
    triggerForCall(stored)
    const { row } = stored
    const { token, hash } = newHookToken()
    await setHook(db, { workflowId: row.id, org: caller.org, hash, createdBy: caller.userId, createdAt: clock.now() })
    return { status: 201, body: { url: `${origin}/api/v1/hooks/${token}`, token } }
  },
})
