import { z } from 'zod'
import { getSecret } from '../../db/secrets.ts'
import { defineRoute } from '../route.ts'
import { secretWire, toSecret } from '../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/secrets/:name',
  tag: 'Secrets',
  summary: 'Say whether there is a secret of this name, and who has set it when.',
  allow: 'member',
  params: z.object({ name: z.string() }),
  answers: { 200: { description: 'What may be told of it.', schema: z.object({ secret: secretWire }) } },
  handle: async ({ db }, { params, caller }) => ({ status: 200, body: { secret: toSecret(await getSecret(db, caller.org, params.name)) } }),
})
