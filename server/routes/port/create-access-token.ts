import { z } from 'zod'
import { parseId } from '../../../runner/model/id.ts'
import { problem } from '../../../runner/model/problem.ts'
import { readApiKey } from '../../api-key.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'post',
  path: '/v1/auth/access_token',
  tag: 'Port',
  summary: 'Exchange an API key for an access token.',
  allow: 'public',
  takesCredentials: true,
  body: z
    .strictObject({
      clientId: z.string().max(200).meta({ description: 'The id of the API key.' }),
      clientSecret: z.string().max(200).meta({ description: 'The API key itself, er_…' }),
    })
    .meta({ id: 'PortAccessToken' }),
  answers: {
    200: { description: 'A token for an hour, or until the key is revoked.', schema: z.object({ ok: z.literal(true), accessToken: z.string(), expiresIn: z.int().meta({ description: 'Seconds.' }), tokenType: z.literal('Bearer') }) },
    401: { description: 'There is no such key.' },
  },
  handle: async ({ db, clock, accessTokens }, { body }) => {
    const key = await readApiKey(db, body.clientSecret, clock.now())
    if (key.id !== parseId(body.clientId)) throw problem('not_authenticated', 'The API key is unknown, revoked or has expired.')
    return { status: 200, body: { ok: true, ...(await accessTokens.issue(key)), tokenType: 'Bearer' } }
  },
})
