import { z } from 'zod'
import { getWebhook } from '../../db/webhooks.ts'
import { viewerOf } from '../caller.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { toWebhook, webhookWire } from '../webhook-wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/webhooks/:webhookId',
  tag: 'Webhooks',
  summary: 'Get a webhook.',
  allow: 'viewer',
  params: z.object({ webhookId: z.string() }),
  answers: { 200: { description: 'The webhook, without its secret.', schema: z.object({ webhook: webhookWire }) } },
  handle: async ({ db, clock }, { params, caller }) => {
    const row = await getWebhook(db, viewerOf(caller), pathId(params.webhookId, 'webhook'))
    return { status: 200, body: { webhook: toWebhook(row, clock.now()) } }
  },
})
