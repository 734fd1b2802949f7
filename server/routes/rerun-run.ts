import { z } from 'zod'
import { callbackFields } from '../callback.ts'
import { givenInputs } from '../given-inputs.ts'
import { pathId } from '../paging.ts'
import { rerun } from '../rerun.ts'
import { defineRoute } from '../route.ts'
import { runWire, toRun } from '../wire.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/workflow-runs/:runId/rerun',
  tag: 'Workflow runs',
  summary: 'Run again: from the start, or from a step with the earlier outputs and browser state kept.',
  allow: 'member',
  params: z.object({ runId: z.string() }),
  body: z
    .strictObject({
      fromStepId: z.string().min(1).max(60).optional(),
      // In a form as text.
      fromFailure: z.union([z.literal(true), z.literal('true').transform(() => true as const)]).optional(),
      version: z.enum(['original', 'latest']).default('original'),
      inputs: givenInputs.optional().meta({ description: 'In place of the earlier inputs.' }),
      ...callbackFields,
    })
    .refine(({ fromStepId, fromFailure }) => fromStepId === undefined || fromFailure === undefined, 'Give either fromStepId or fromFailure.')
    .meta({ id: 'RerunRun' }),
  multipart: true,
  idempotent: true,
  answers: { 202: { description: 'The new run; `rerunOf` names the old one.', schema: runWire }, 409: { description: 'The run has not ended, or not at a place to go on from.' } },
  handle: async (services, call) => {
    const { run, outputs } = await rerun(services, call, pathId(call.params.runId, 'workflow run'))
    return {
      status: 202,
      headers: { location: `/api/v1/workflow-runs/${run.id}`, 'x-workflow-run-id': run.id },
      body: toRun({ run, awaiting: null, outputs }, run.createdAt),
    }
  },
})
