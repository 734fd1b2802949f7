import { z } from 'zod'
import { createPing } from '../../db/deliveries.ts'
import { getWebhook } from '../../db/webhooks.ts'
import { viewerOf } from '../caller.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { deliveryWire, toDelivery } from '../webhook-wire.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/webhooks/:webhookId/ping',
  tag: 'Webhooks',
  summary: 'Call the address with a `webhook.ping`, once, to see whether it answers.',
  allow: 'member',
  params: z.object({ webhookId: z.string() }),
  answers: { 202: { description: 'The delivery; its address, in `Location`, says what came of it.', schema: z.object({ delivery: deliveryWire }) }, 409: { description: 'The webhook is disabled.' } },
  handle: async ({ db, clock, followers }, { params, caller }) => {
    const webhook = await getWebhook(db, viewerOf(caller), pathId(params.webhookId, 'webhook'))
    const row = await createPing(db, followers, webhook, { id: clock.newId(), eventId: clock.newId(), at: clock.now() })
    return { status: 202, headers: { location: `/api/v1/webhooks/${webhook.id}/deliveries/${row.id}` }, body: { delivery: toDelivery(row) } }
  },
})
