import { z } from 'zod'
import { deleteJob } from '../../db/jobs.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'delete',
  path: '/api/v1/jobs/:jobId',
  tag: 'Jobs',
  summary: 'Delete a job; its past job runs stay, and those that go on end as they would.',
  allow: 'admin',
  params: z.object({ jobId: z.string() }),
  answers: { 204: { description: 'Deleted.' } },
  handle: async ({ db, clock }, { params, caller }) => {
    await deleteJob(db, caller.org, pathId(params.jobId, 'job'), clock.now())
    return { status: 204 }
  },
})
