import { z } from 'zod'
import { nodeRunBody, reportFromCall } from '../../port-report.ts'
import { okNodeRun, toPortNodeRun } from '../../port-wire.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'patch',
  path: '/v1/workflows/runs/:runId/nodes/:nodeRunId',
  tag: 'Port',
  summary: 'Report on a node of a run that another system does.',
  allow: 'member',
  params: z.object({ runId: z.string(), nodeRunId: z.string() }),
  body: nodeRunBody,
  answers: {
    200: { description: 'The node run.', schema: okNodeRun },
    409: { description: 'It has ended, or waits for no other system.' },
    422: { description: 'COMPLETED without a result.' },
  },
  handle: async (services, { params, body, caller }) => ({ status: 200, body: { ok: true, nodeRun: toPortNodeRun(await reportFromCall(services, caller, params, body)) } }),
})
