import { z } from 'zod'
import { assertOrg, ackBody, ackFromCall } from '../../port-claims.ts'
import { okAcked } from '../../port-wire.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'patch',
  path: '/v1/org/:orgId/workflows/runs/ack',
  tag: 'Port',
  summary: 'Acknowledge a claimed node run of an org.',
  allow: 'member',
  params: z.object({ orgId: z.string().max(255) }),
  body: ackBody,
  answers: { 200: { description: 'It is the worker’s own now.', schema: okAcked }, 409: { description: 'It was acknowledged already, or has ended.' } },
  handle: async (services, { params, body, caller }) => {
    assertOrg(caller, params.orgId)
    return ackFromCall(services, caller, body)
  },
})
