import { z } from 'zod'
import { revokeApiKey } from '../../db/api-keys.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'delete',
  path: '/api/v1/api-keys/:keyId',
  tag: 'Server',
  summary: 'Revoke an API key: the next call with it is refused.',
  allow: 'admin',
  params: z.object({ keyId: z.string() }),
  answers: { 204: { description: 'Revoked.' } },
  handle: async ({ db, clock }, { params, caller }) => {
    await revokeApiKey(db, caller.org, pathId(params.keyId, 'API key'), clock.now())
    return { status: 204 }
  },
})
