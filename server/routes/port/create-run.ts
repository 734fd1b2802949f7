import { z } from 'zod'
import { getExecutable } from '../../port-workflows.ts'
import { okRun, toPortRun } from '../../port-wire.ts'
import { defineRoute } from '../../route.ts'
import { asCreated, startBody, startRun } from '../../start-run.ts'
import { toRunIdentifier } from '../../../runner/model/id.ts'

export default defineRoute({
  method: 'post',
  path: '/v1/workflows/:workflowId/runs',
  tag: 'Port',
  summary: 'Start a run from the self-serve trigger of a workflow.',
  allow: 'member',
  params: z.object({ workflowId: z.string() }),
  body: startBody.omit({ workflowId: true }).meta({ id: 'PortStartRun' }),
  idempotent: true,
  answers: { 202: { description: 'The run as it was created.', schema: okRun }, 409: { description: 'The workflow has no self-serve trigger that is published.' } },
  handle: async (services, call) => {
    const { workflowId } = call.params
    await getExecutable(services.db, call.caller, workflowId)
    const { run } = await startRun(services, { ...call, body: { ...call.body, workflowId } })
    const headers = { location: `/v1/workflows/runs/${toRunIdentifier(run.id)}`, 'x-workflow-run-id': run.id }
    return { status: 202, headers, body: { ok: true, run: toPortRun({ run: asCreated(run), awaiting: null, outputs: {} }, []) } }
  },
})
