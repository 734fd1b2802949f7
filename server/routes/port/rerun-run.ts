import { z } from 'zod'
import { toRunIdentifier } from '../../../runner/model/id.ts'
import { callbackFields } from '../../callback.ts'
import { givenInputs } from '../../given-inputs.ts'
import { pathId } from '../../paging.ts'
import { okRun, toPortRun } from '../../port-wire.ts'
import { rerun } from '../../rerun.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'post',
  path: '/v1/workflows/runs/:runId/rerun',
  tag: 'Port',
  summary: 'Run again, whole or from a node, which Port does not do yet.',
  allow: 'member',
  params: z.object({ runId: z.string() }),
  body: z
    .strictObject({
      fromNode: z.string().min(1).max(60).optional(),
      version: z.enum(['original', 'latest']).default('original'),
      inputs: givenInputs.optional().meta({ description: 'In place of the earlier inputs.' }),
      ...callbackFields,
    })
    .meta({ id: 'PortRerunRun' }),
  idempotent: true,
  answers: { 202: { description: 'The new run; `rerunOf` names the old one.', schema: okRun }, 409: { description: 'The run has not ended, or never got there.' } },
  handle: async (services, call) => {
    const { fromNode, ...rest } = call.body
    const { run, outputs } = await rerun(services, { ...call, body: { fromStepId: fromNode, ...rest } }, pathId(call.params.runId, 'workflow run'))
    const headers = { location: `/v1/workflows/runs/${toRunIdentifier(run.id)}`, 'x-workflow-run-id': run.id }
    return { status: 202, headers, body: { ok: true, run: toPortRun({ run, awaiting: null, outputs }, []) } }
  },
})
