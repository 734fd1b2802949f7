import { z } from 'zod'
import { getJob } from '../../db/jobs.ts'
import { schedulesOf } from '../../db/schedules.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { toUpcomingRuns, upcomingQuery, upcomingRunWire } from '../upcoming-runs.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/jobs/:jobId/upcoming-runs',
  tag: 'Schedules',
  summary: 'List the next times at which a job starts by itself.',
  allow: 'viewer',
  params: z.object({ jobId: z.string() }),
  query: upcomingQuery,
  answers: { 200: { description: 'The times, the next first.', schema: z.object({ upcomingRuns: z.array(upcomingRunWire) }) } },
  handle: async ({ db, clock }, { params, query, caller }) => {
    const { job } = await getJob(db, caller.org, pathId(params.jobId, 'job'))
    return { status: 200, body: { upcomingRuns: toUpcomingRuns(await schedulesOf(db, job.id), clock.now(), query.limit) } }
  },
})
