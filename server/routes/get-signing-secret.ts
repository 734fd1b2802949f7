import { z } from 'zod'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/signing-secret',
  tag: 'Server',
  summary: 'Read the secrets that the calls of nodes (X-Port-Signature) and callbacks without a secret of their own are signed with.',
  allow: 'admin',
  answers: { 200: { description: 'The secrets of the org.', schema: z.object({ secret: z.string(), callbackSecret: z.string().meta({ description: 'whsec_…, of a `callbackUrl` that came without a `callbackSecret`.' }) }) } },
  handle: async ({ signingSecret, callbackSecret }, { caller }) => ({ status: 200, body: { secret: signingSecret(caller.org), callbackSecret: callbackSecret(caller.org) } }),
})
