import { z } from 'zod'
import { jobWire, toJob } from '../job-wire.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { changeJob, jobBody } from '../save-job.ts'

export default defineRoute({
  method: 'put',
  path: '/api/v1/jobs/:jobId',
  tag: 'Jobs',
  summary: 'Replace a job whole; job runs that go on keep what it was.',
  allow: 'member',
  params: z.object({ jobId: z.string() }),
  body: jobBody,
  answers: { 200: { description: 'The job.', schema: jobWire }, 422: { description: 'Some of its workflows cannot be started by it; `details` names them.' } },
  handle: async (services, { params, body, caller }) => ({
    status: 200,
    body: toJob(await changeJob(services, caller, pathId(params.jobId, 'job'), { ...body, sourceProvider: body.sourceProvider ?? null, inputs: body.inputs ?? {}, schedule: body.schedule ?? null }), services.clock.now()),
  }),
})
