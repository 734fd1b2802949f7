import { z } from 'zod'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/signing-secret',
  tag: 'Server',
  summary: 'Read the secret that the calls of nodes are signed with (X-Port-Signature).',
  allow: 'admin',
  answers: { 200: { description: 'The secret of the org.', schema: z.object({ secret: z.string() }) } },
  handle: async ({ signingSecret }, { caller }) => ({ status: 200, body: { secret: signingSecret(caller.org) } }),
})
