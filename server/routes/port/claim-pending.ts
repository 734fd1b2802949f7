import { claimBody, claimFromCall } from '../../port-claims.ts'
import { okClaimed } from '../../port-wire.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'post',
  path: '/v1/workflows/runs/claim-pending',
  tag: 'Port',
  summary: 'Claim node runs that wait for a worker.',
  allow: 'member',
  // Workers ask all the time; who takes something says so by acknowledging it.
  readsOnly: true,
  body: claimBody,
  answers: { 200: { description: 'The claimed node runs, with their configs.', schema: okClaimed } },
  handle: (services, { body, caller }) => claimFromCall(services, caller, body),
})
