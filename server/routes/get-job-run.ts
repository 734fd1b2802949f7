import { z } from 'zod'
import { getJobRun } from '../../db/job-runs.ts'
import { viewerOf } from '../caller.ts'
import { jobRunWire, toJobRun } from '../job-wire.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/job-runs/:jobRunId',
  tag: 'Jobs',
  summary: 'Get a job run with its workflow runs.',
  allow: 'viewer',
  params: z.object({ jobRunId: z.string() }),
  answers: { 200: { description: 'The job run.', schema: jobRunWire } },
  handle: async ({ db, clock }, { params, caller }) => ({ status: 200, body: toJobRun(await getJobRun(db, viewerOf(caller), pathId(params.jobRunId, 'job run')), clock.now()) }),
})
