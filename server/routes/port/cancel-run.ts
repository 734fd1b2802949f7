import { z } from 'zod'
import { cancelOpen, reasonField } from '../../cancel.ts'
import { pathId } from '../../paging.ts'
import { getPortRun } from '../../port-runs.ts'
import { okRun } from '../../port-wire.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'post',
  path: '/v1/workflows/runs/:runId/cancel',
  tag: 'Port',
  summary: 'Cancel a run, as Port does; with force its running nodes end now.',
  allow: 'member',
  params: z.object({ runId: z.string() }),
  query: z.object({ force: z.enum(['true', 'false']).transform((text) => text === 'true').optional().meta({ type: 'boolean' }) }),
  body: z.strictObject({ force: z.boolean().optional(), reason: reasonField }).meta({ id: 'PortCancelRun' }),
  answers: { 200: { description: 'The run: cancelled, or in progress until it has stopped.', schema: okRun }, 409: { description: 'The run has ended.' } },
  handle: async (services, { params, query, body, caller }) => {
    const id = pathId(params.runId, 'workflow run')
    await cancelOpen(services, caller, id, { reason: body.reason, force: body.force ?? query.force ?? false })
    return { status: 200, body: { ok: true, run: await getPortRun(services, caller, id) } }
  },
})
