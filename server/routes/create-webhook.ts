import { z } from 'zod'
import { createWebhook } from '../../db/webhooks.ts'
import { getWorkflow } from '../../db/workflows.ts'
import { viewerOf } from '../caller.ts'
import { defineRoute } from '../route.ts'
import { newWebhookSecret } from '../webhook-secret.ts'
import { newWebhookBody, toWebhook, webhookWire } from '../webhook-wire.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/webhooks',
  tag: 'Webhooks',
  summary: 'Be told of what happens by calls to an address of yours.',
  allow: 'member',
  body: newWebhookBody,
  answers: { 201: { description: 'The webhook, and the secret that its calls are signed with, which is shown only now.', schema: z.object({ webhook: webhookWire, secret: z.string() }) } },
  handle: async ({ db, clock, seal }, { body, caller }) => {
    const workflowId = body.workflowId === null ? null : (await getWorkflow(db, caller.org, body.workflowId)).row.id
    const secret = newWebhookSecret()
    const now = clock.now()
    const row = await createWebhook(db, viewerOf(caller), { ...body, id: clock.newId(), workflowId, sealedSecret: seal.seal(secret) }, now)
    return { status: 201, headers: { location: `/api/v1/webhooks/${row.id}` }, body: { webhook: toWebhook(row, now), secret } }
  },
})
