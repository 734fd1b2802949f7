import { z } from 'zod'
import { callbackFields } from '../callback.ts'
import { givenInputs } from '../given-inputs.ts'
import { rerunJob } from '../job-runs.ts'
import { jobRunWire, toCreatedJobRun } from '../job-wire.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/job-runs/:jobRunId/rerun',
  tag: 'Jobs',
  summary: 'Run a job again as it was then: whole, or from the workflow that failed.',
  allow: 'member',
  params: z.object({ jobRunId: z.string() }),
  body: z
    .strictObject({
      fromIndex: z.int().min(0).max(99).optional().meta({ description: 'The workflow to begin with, counted from 0.' }),
      fromFailure: z.literal(true).optional(),
      version: z.enum(['original', 'latest']).default('original').meta({ description: 'Of the workflows.' }),
      inputs: givenInputs.optional().meta({ description: 'In place of the earlier inputs.' }),
      ...callbackFields,
    })
    .refine(({ fromIndex, fromFailure }) => fromIndex === undefined || fromFailure === undefined, 'Give either fromIndex or fromFailure.')
    .meta({ id: 'RerunJob' }),
  idempotent: true,
  answers: {
    202: { description: 'The new job run; `rerunOf` names the old one.', schema: jobRunWire },
    409: { description: 'The job run has not ended, or did not get there.' },
    422: { description: 'Some workflows of the job cannot be started by it; `details` names them.' },
  },
  handle: async (services, call) => {
    const jobRun = await rerunJob(services, call, pathId(call.params.jobRunId, 'job run'))
    return { status: 202, headers: { location: `/api/v1/job-runs/${jobRun.id}` }, body: toCreatedJobRun(jobRun) }
  },
})
