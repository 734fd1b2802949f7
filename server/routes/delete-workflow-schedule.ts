import { z } from 'zod'
import { removeSchedule } from '../../db/schedules.ts'
import { getWorkflow } from '../../db/workflows.ts'
import { problem } from '../../runner/model/problem.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'delete',
  path: '/api/v1/workflows/:workflowId/schedule',
  tag: 'Schedules',
  summary: 'Take away the schedule of a workflow.',
  allow: 'member',
  params: z.object({ workflowId: z.string() }),
  answers: { 204: { description: 'It starts by itself no more.' } },
  handle: async ({ db }, { params, caller }) => {
    const { row } = await getWorkflow(db, caller.org, params.workflowId)
    if (!(await removeSchedule(db, row.id))) throw problem('not_found', `The workflow ${row.identifier} has no schedule.`)
    return { status: 204 }
  },
})
