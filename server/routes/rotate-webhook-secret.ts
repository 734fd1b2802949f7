import { z } from 'zod'
import { rotateWebhookSecret } from '../../db/webhooks.ts'
import { viewerOf } from '../caller.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { newWebhookSecret } from '../webhook-secret.ts'
import { iso } from '../json-fields.ts'

const BOTH_FOR_MS = 24 * 3_600_000

export default defineRoute({
  method: 'post',
  path: '/api/v1/webhooks/:webhookId/rotate-secret',
  tag: 'Webhooks',
  summary: 'Give a webhook another secret; for 24 hours its calls are signed with the one before, too.',
  allow: 'member',
  params: z.object({ webhookId: z.string() }),
  answers: { 200: { description: 'The secret, which is shown only now.', schema: z.object({ secret: z.string(), previousSecretValidUntil: z.iso.datetime() }) } },
  handle: async ({ db, clock, seal }, { params, caller }) => {
    const secret = newWebhookSecret()
    const at = clock.now()
    const oldSecretUntil = at + BOTH_FOR_MS
    await rotateWebhookSecret(db, viewerOf(caller), pathId(params.webhookId, 'webhook'), { sealedSecret: seal.seal(secret), oldSecretUntil, at })
    return { status: 200, body: { secret, previousSecretValidUntil: iso(oldSecretUntil) } }
  },
})
