import { ackBody, ackFromCall } from '../../port-claims.ts'
import { okAcked } from '../../port-wire.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'patch',
  path: '/v1/workflows/runs/ack',
  tag: 'Port',
  summary: 'Acknowledge a claimed node run.',
  allow: 'member',
  body: ackBody,
  answers: { 200: { description: 'It is the worker’s own now.', schema: okAcked }, 409: { description: 'It was acknowledged already, or has ended.' } },
  handle: (services, { body, caller }) => ackFromCall(services, caller, body),
})
