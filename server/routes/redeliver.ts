import { z } from 'zod'
import { getDelivery, redeliver } from '../../db/deliveries.ts'
import { getWebhook } from '../../db/webhooks.ts'
import { viewerOf } from '../caller.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { deliveryWire, toDelivery } from '../webhook-wire.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/webhooks/:webhookId/deliveries/:deliveryId/redeliver',
  tag: 'Webhooks',
  summary: 'Send a delivery again, whatever came of it.',
  allow: 'member',
  params: z.object({ webhookId: z.string(), deliveryId: z.string() }),
  answers: { 202: { description: 'The delivery, which is pending again; its retries begin anew.', schema: z.object({ delivery: deliveryWire }) }, 409: { description: 'The webhook is disabled.' } },
  handle: async ({ db, clock, followers }, { params, caller }) => {
    const webhook = await getWebhook(db, viewerOf(caller), pathId(params.webhookId, 'webhook'))
    const { id } = await getDelivery(db, viewerOf(caller), { webhookId: webhook.id, id: pathId(params.deliveryId, 'delivery') })
    return { status: 202, body: { delivery: toDelivery(await redeliver(db, followers, webhook, id, clock.now())) } }
  },
})
