import { z } from 'zod'
import { assertOrg, claimBody, claimFromCall } from '../../port-claims.ts'
import { okClaimed } from '../../port-wire.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'post',
  path: '/v1/org/:orgId/workflows/runs/claim-pending',
  tag: 'Port',
  summary: 'Claim node runs of an org that wait for a worker.',
  allow: 'member',
  // Workers ask all the time; who takes something says so by acknowledging it.
  readsOnly: true,
  params: z.object({ orgId: z.string().max(255) }),
  body: claimBody,
  answers: { 200: { description: 'The claimed node runs, with their configs.', schema: okClaimed } },
  handle: async (services, { params, body, caller }) => {
    assertOrg(caller, params.orgId)
    return claimFromCall(services, caller, body)
  },
})
