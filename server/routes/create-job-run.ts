import { z } from 'zod'
import { callbackFields } from '../callback.ts'
import { givenInputs } from '../given-inputs.ts'
import { startJob } from '../job-runs.ts'
import { jobRunWire, toCreatedJobRun } from '../job-wire.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/job-runs',
  tag: 'Jobs',
  summary: 'Start a job and answer at once.',
  allow: 'member',
  body: z
    .strictObject({ jobId: z.string().min(1).max(100), inputs: givenInputs.optional().meta({ description: 'Beside those of the job, and in their place.' }), ...callbackFields })
    .meta({ id: 'StartJob' }),
  idempotent: true,
  answers: {
    202: { description: 'The job run as it was created, PENDING; its address is in `Location`.', schema: jobRunWire },
    422: { description: 'Some workflows of the job cannot be started by it; `details` names them.' },
  },
  handle: async (services, call) => {
    const jobRun = await startJob(services, call)
    return { status: 202, headers: { location: `/api/v1/job-runs/${jobRun.id}` }, body: toCreatedJobRun(jobRun) }
  },
})
