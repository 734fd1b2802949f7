import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { scheduleWorkflow } from '../save-schedule.ts'
import { scheduleBody } from '../schedule-body.ts'
import { scheduleWire, toSchedule } from '../schedule-wire.ts'

export default defineRoute({
  method: 'put',
  path: '/api/v1/workflows/:workflowId/schedule',
  tag: 'Schedules',
  summary: 'Set when a workflow starts by itself; without cron and at, change the schedule that is there.',
  allow: 'member',
  params: z.object({ workflowId: z.string() }),
  body: scheduleBody,
  answers: { 200: { description: 'The schedule.', schema: scheduleWire }, 409: { description: 'The workflow has no self-serve trigger that is published.' } },
  handle: async (services, { params, body, caller }) => ({ status: 200, body: toSchedule(await scheduleWorkflow(services, caller, params.workflowId, body), services.clock.now()) }),
})
