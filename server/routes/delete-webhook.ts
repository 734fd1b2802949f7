import { z } from 'zod'
import { deleteWebhook } from '../../db/webhooks.ts'
import { viewerOf } from '../caller.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'delete',
  path: '/api/v1/webhooks/:webhookId',
  tag: 'Webhooks',
  summary: 'Delete a webhook and its deliveries.',
  allow: 'member',
  params: z.object({ webhookId: z.string() }),
  answers: { 204: { description: 'Nothing more is sent.' } },
  handle: async ({ db }, { params, caller }) => {
    await deleteWebhook(db, viewerOf(caller), pathId(params.webhookId, 'webhook'))
    return { status: 204 }
  },
})
