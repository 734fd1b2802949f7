import { problem } from '../../runner/model/problem.ts'
import { defineRoute } from '../route.ts'
import { DEFAULT_ORG } from '../trusted-network.ts'

export default defineRoute({
  method: 'get',
  path: '/metrics',
  tag: 'Server',
  summary: 'Read what the server measures of itself, for Prometheus.',
  allow: 'viewer',
  answers: { 200: { description: 'The figures of all orgs together, so only callers of the org of the operator get them.', type: 'text/plain' } },
  handle: async ({ metrics }, { caller }) => {
    if (caller.org !== DEFAULT_ORG) throw problem('not_allowed', 'The figures are those of all orgs together: they are for the operator.')
    const { type, text } = await metrics.read()
    return { respond: async (response) => void response.status(200).set({ 'content-type': type, 'cache-control': 'no-store' }).end(text) }
  },
})
