import { z } from 'zod'
import { redeliverFailed } from '../../db/deliveries.ts'
import { getWebhook } from '../../db/webhooks.ts'
import { viewerOf } from '../caller.ts'
import { instant, pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/webhooks/:webhookId/redeliver-failed',
  tag: 'Webhooks',
  summary: 'Send again all that has failed of what happened since a time.',
  allow: 'member',
  params: z.object({ webhookId: z.string() }),
  body: z.strictObject({ since: instant }).meta({ id: 'RedeliverFailed' }),
  answers: { 202: { description: 'How many are pending again.', schema: z.object({ count: z.int() }) }, 409: { description: 'The webhook is disabled.' } },
  handle: async ({ db, clock, followers }, { params, body, caller }) => {
    const webhook = await getWebhook(db, viewerOf(caller), pathId(params.webhookId, 'webhook'))
    return { status: 202, body: { count: await redeliverFailed(db, followers, webhook, body.since, clock.now()) } }
  },
})
