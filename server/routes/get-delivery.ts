import { z } from 'zod'
import { getDelivery } from '../../db/deliveries.ts'
import { getWebhook } from '../../db/webhooks.ts'
import { viewerOf } from '../caller.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { deliveryBody } from '../webhook-body.ts'
import { deliveryWire, toDelivery } from '../webhook-wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/webhooks/:webhookId/deliveries/:deliveryId',
  tag: 'Webhooks',
  summary: 'Get a delivery, what is sent with it, and what came of its attempts.',
  allow: 'viewer',
  params: z.object({ webhookId: z.string(), deliveryId: z.string() }),
  answers: { 200: { description: 'The delivery.', schema: z.object({ delivery: deliveryWire, body: z.record(z.string(), z.unknown()).meta({ description: 'What is sent, each time the same but for signed addresses.' }) }) } },
  handle: async (services, { params, caller, origin }) => {
    const viewer = viewerOf(caller)
    const hook = await getWebhook(services.db, viewer, pathId(params.webhookId, 'webhook'))
    const delivery = await getDelivery(services.db, viewer, { webhookId: hook.id, id: pathId(params.deliveryId, 'delivery') })
    // Of a job run both the webhook and the viewer may see other runs.
    const webhook = hook.seesAllRuns ? { ...hook, viewerId: viewer.userId, seesAllRuns: viewer.seesAllRuns } : hook
    return { status: 200, body: { delivery: toDelivery(delivery), body: JSON.parse(await deliveryBody(services, { delivery, webhook }, origin)) as unknown } }
  },
})
