import { z } from 'zod'
import { getJob } from '../../db/jobs.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { scheduleJob } from '../save-schedule.ts'
import { scheduleBody } from '../schedule-body.ts'
import { scheduleWire, toSchedule } from '../schedule-wire.ts'

export default defineRoute({
  method: 'put',
  path: '/api/v1/jobs/:jobId/schedule',
  tag: 'Schedules',
  summary: 'Set when a job starts by itself; without cron and at, change the schedule that is there.',
  allow: 'member',
  params: z.object({ jobId: z.string() }),
  body: scheduleBody,
  answers: { 200: { description: 'The schedule.', schema: scheduleWire }, 422: { description: 'Some workflows of the job cannot be started by it; `details` names them.' } },
  handle: async (services, { params, body, caller }) => {
    const job = await getJob(services.db, caller.org, pathId(params.jobId, 'job'))
    return { status: 200, body: toSchedule(await scheduleJob(services, caller, job, body), services.clock.now()) }
  },
})
