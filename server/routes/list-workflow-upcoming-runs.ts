import { z } from 'zod'
import { schedulesOf } from '../../db/schedules.ts'
import { getWorkflow } from '../../db/workflows.ts'
import { defineRoute } from '../route.ts'
import { toUpcomingRuns, upcomingQuery, upcomingRunWire } from '../upcoming-runs.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/workflows/:workflowId/upcoming-runs',
  tag: 'Schedules',
  summary: 'List the next times at which a workflow starts by itself.',
  allow: 'viewer',
  params: z.object({ workflowId: z.string() }),
  query: upcomingQuery,
  answers: { 200: { description: 'The times, the next first.', schema: z.object({ upcomingRuns: z.array(upcomingRunWire) }) } },
  handle: async ({ db, clock }, { params, query, caller }) => {
    const { row } = await getWorkflow(db, caller.org, params.workflowId)
    return { status: 200, body: { upcomingRuns: toUpcomingRuns(await schedulesOf(db, row.id), clock.now(), query.limit) } }
  },
})
