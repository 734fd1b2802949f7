import { z } from 'zod'
import { getJob } from '../../db/jobs.ts'
import { jobWire, toJob } from '../job-wire.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/jobs/:jobId',
  tag: 'Jobs',
  summary: 'Get a job.',
  allow: 'viewer',
  params: z.object({ jobId: z.string() }),
  answers: { 200: { description: 'The job.', schema: jobWire } },
  handle: async ({ db, clock }, { params, caller }) => ({ status: 200, body: toJob(await getJob(db, caller.org, pathId(params.jobId, 'job')), clock.now()) }),
})
