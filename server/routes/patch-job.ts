import { z } from 'zod'
import { jobWire, toJob } from '../job-wire.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { changeJob, partialJobBody } from '../save-job.ts'

export default defineRoute({
  method: 'patch',
  path: '/api/v1/jobs/:jobId',
  tag: 'Jobs',
  summary: 'Change fields of a job; job runs that go on keep what it was.',
  allow: 'member',
  params: z.object({ jobId: z.string() }),
  body: partialJobBody,
  answers: { 200: { description: 'The job.', schema: jobWire }, 422: { description: 'Some of its workflows cannot be started by it; `details` names them.' } },
  handle: async (services, { params, body, caller }) => ({ status: 200, body: toJob(await changeJob(services, caller, pathId(params.jobId, 'job'), body), services.clock.now()) }),
})
