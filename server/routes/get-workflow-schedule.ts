import { z } from 'zod'
import { findSchedule } from '../../db/schedules.ts'
import { getWorkflow } from '../../db/workflows.ts'
import { problem } from '../../runner/model/problem.ts'
import { defineRoute } from '../route.ts'
import { scheduleWire, toSchedule } from '../schedule-wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/workflows/:workflowId/schedule',
  tag: 'Schedules',
  summary: 'Get the schedule of a workflow.',
  allow: 'viewer',
  params: z.object({ workflowId: z.string() }),
  answers: { 200: { description: 'The schedule.', schema: scheduleWire } },
  handle: async ({ db, clock }, { params, caller }) => {
    const { row } = await getWorkflow(db, caller.org, params.workflowId)
    const schedule = await findSchedule(db, row.id)
    if (!schedule) throw problem('not_found', `The workflow ${row.identifier} has no schedule.`)
    return { status: 200, body: toSchedule(schedule, clock.now()) }
  },
})
