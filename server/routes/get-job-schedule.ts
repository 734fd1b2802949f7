import { z } from 'zod'
import { getJob } from '../../db/jobs.ts'
import { findSchedule } from '../../db/schedules.ts'
import { problem } from '../../runner/model/problem.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { scheduleWire, toSchedule } from '../schedule-wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/jobs/:jobId/schedule',
  tag: 'Schedules',
  summary: 'Get the schedule of a job.',
  allow: 'viewer',
  params: z.object({ jobId: z.string() }),
  answers: { 200: { description: 'The schedule.', schema: scheduleWire } },
  handle: async ({ db, clock }, { params, caller }) => {
    const { job } = await getJob(db, caller.org, pathId(params.jobId, 'job'))
    const schedule = await findSchedule(db, job.id)
    if (!schedule) throw problem('not_found', `The job ${job.name} has no schedule.`)
    return { status: 200, body: toSchedule(schedule, clock.now()) }
  },
})
