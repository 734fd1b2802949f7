import { z } from 'zod'
import { updateWebhook, type WebhookChange } from '../../db/webhooks.ts'
import { getWorkflow } from '../../db/workflows.ts'
import { viewerOf } from '../caller.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { toWebhook, webhookChangeBody, webhookWire } from '../webhook-wire.ts'

export default defineRoute({
  method: 'patch',
  path: '/api/v1/webhooks/:webhookId',
  tag: 'Webhooks',
  summary: 'Change a webhook; one that is enabled again sends what was left to send.',
  allow: 'member',
  params: z.object({ webhookId: z.string() }),
  body: webhookChangeBody,
  answers: { 200: { description: 'The webhook. From now on it tells of the runs that its changer may see.', schema: z.object({ webhook: webhookWire }) } },
  handle: async ({ db, clock, followers }, { params, body, caller }) => {
    const now = clock.now()
    const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as WebhookChange
    const workflow = given.workflowId ? { workflowId: (await getWorkflow(db, caller.org, given.workflowId)).row.id } : {}
    const row = await updateWebhook(db, followers, viewerOf(caller), pathId(params.webhookId, 'webhook'), { ...given, ...workflow }, now)
    return { status: 200, body: { webhook: toWebhook(row, now) } }
  },
})
