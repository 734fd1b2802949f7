import { z } from 'zod'
import { listApiKeys } from '../../db/api-keys.ts'
import { apiKeyWire, toApiKey } from '../api-key-wire.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/api-keys',
  tag: 'Server',
  summary: 'List the API keys, newest first; those that are revoked or have expired, too.',
  allow: 'admin',
  answers: { 200: { description: 'All of them.', schema: z.object({ apiKeys: z.array(apiKeyWire) }) } },
  handle: async ({ db }, { caller }) => ({ status: 200, body: { apiKeys: (await listApiKeys(db, caller.org)).map(toApiKey) } }),
})
