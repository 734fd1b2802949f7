import { z } from 'zod'
import { getJob } from '../../db/jobs.ts'
import { removeSchedule } from '../../db/schedules.ts'
import { problem } from '../../runner/model/problem.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'delete',
  path: '/api/v1/jobs/:jobId/schedule',
  tag: 'Schedules',
  summary: 'Take away the schedule of a job.',
  allow: 'member',
  params: z.object({ jobId: z.string() }),
  answers: { 204: { description: 'It starts by itself no more.' } },
  handle: async ({ db }, { params, caller }) => {
    const { job } = await getJob(db, caller.org, pathId(params.jobId, 'job'))
    if (!(await removeSchedule(db, job.id))) throw problem('not_found', `The job ${job.name} has no schedule.`)
    return { status: 204 }
  },
})
