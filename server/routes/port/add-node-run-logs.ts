import { z } from 'zod'
import { addLogsFromCall, logsBody } from '../../port-report.ts'
import { okNodeRun, toPortNodeRun } from '../../port-wire.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'post',
  path: '/v1/workflows/nodes/runs/:nodeRunId/logs',
  tag: 'Port',
  summary: 'Add lines to the log of a node run.',
  allow: 'member',
  params: z.object({ nodeRunId: z.string() }),
  body: logsBody,
  answers: { 200: { description: 'The node run with its log.', schema: okNodeRun }, 409: { description: 'The workflow run has ended.' } },
  handle: async (services, { params, body, caller }) => ({
    status: 200,
    body: { ok: true, nodeRun: toPortNodeRun(await addLogsFromCall(services, caller, params.nodeRunId, body.logs)) },
  }),
})
