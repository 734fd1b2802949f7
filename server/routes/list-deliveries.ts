import { z } from 'zod'
import { listDeliveries } from '../../db/deliveries.ts'
import { getWebhook } from '../../db/webhooks.ts'
import { DELIVERY_STATUSES } from '../../runner/model/webhook.ts'
import { viewerOf } from '../caller.ts'
import { cursorQuery, cutPage, pageQuery, pathId, readPage } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { deliveryWire, toDelivery } from '../webhook-wire.ts'
import { paginationWire } from '../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/webhooks/:webhookId/deliveries',
  tag: 'Webhooks',
  summary: 'List what a webhook has told, or is to tell, newest first.',
  allow: 'viewer',
  params: z.object({ webhookId: z.string() }),
  query: z.object({ status: z.enum(DELIVERY_STATUSES).optional(), ...pageQuery, ...cursorQuery }),
  answers: { 200: { description: 'A page of deliveries.', schema: z.object({ deliveries: z.array(deliveryWire), pagination: paginationWire }) } },
  handle: async ({ db }, { params, query, caller }) => {
    const { id: webhookId } = await getWebhook(db, viewerOf(caller), pathId(params.webhookId, 'webhook'))
    const { deliveries, total } = await listDeliveries(db, viewerOf(caller), { webhookId, status: query.status }, readPage(query))
    const { entries, pagination } = cutPage(query, total, deliveries, ({ id }) => id)
    return { status: 200, body: { deliveries: entries.map(toDelivery), pagination } }
  },
})
