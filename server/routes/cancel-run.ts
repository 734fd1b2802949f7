import { z } from 'zod'
import { getRun } from '../../db/runs.ts'
import { cancelOpen, reasonField } from '../cancel.ts'
import { viewerOf } from '../caller.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { runWire, toRun } from '../wire.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/workflow-runs/:runId/cancel',
  tag: 'Workflow runs',
  summary: 'Cancel a run; with `force` its browser is closed without waiting for the step to clean up.',
  allow: 'member',
  params: z.object({ runId: z.string() }),
  body: z.strictObject({ reason: reasonField, force: z.boolean().optional() }),
  answers: { 200: { description: 'The run: CANCELLED, or CANCELLING until its browser is closed.', schema: runWire }, 409: { description: 'The run has ended.' } },
  handle: async (services, { params, body, caller }) => {
    const id = pathId(params.runId, 'workflow run')
    await cancelOpen(services, caller, id, body)
    return { status: 200, body: toRun(await getRun(services.db, viewerOf(caller), id), services.clock.now(), caller) }
  },
})
