import { z } from 'zod'
import { getDelivery } from '../../db/deliveries.ts'
import { viewerOf } from '../caller.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { deliveryWire, toDelivery } from '../webhook-wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/webhooks/:webhookId/deliveries/:deliveryId',
  tag: 'Webhooks',
  summary: 'Get a delivery and what came of its attempts.',
  allow: 'viewer',
  params: z.object({ webhookId: z.string(), deliveryId: z.string() }),
  answers: { 200: { description: 'The delivery.', schema: z.object({ delivery: deliveryWire }) } },
  handle: async ({ db }, { params, caller }) => {
    const place = { webhookId: pathId(params.webhookId, 'webhook'), id: pathId(params.deliveryId, 'delivery') }
    return { status: 200, body: { delivery: toDelivery(await getDelivery(db, viewerOf(caller), place)) } }
  },
})
