import { z } from 'zod'
import { listActivityRuns } from '../../db/activity-runs.ts'
import { ACTIVITY_STATUSES } from '../../runner/model/activity.ts'
import { viewerOf } from '../caller.ts'
import { cursorQuery, cutPage, pageQuery, pathId, readPage } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { activityRunWire, paginationWire, toActivityRuns } from '../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/workflow-runs/:runId/activity-runs',
  tag: 'Workflow runs',
  summary: 'List the activity runs of a run page by page, oldest first: for long loops.',
  allow: 'viewer',
  params: z.object({ runId: z.string() }),
  query: z.object({ stepId: z.string().max(60).optional(), status: z.enum(ACTIVITY_STATUSES).optional(), ...pageQuery, ...cursorQuery }),
  answers: { 200: { description: 'A page of activity runs.', schema: z.object({ activityRuns: z.array(activityRunWire), pagination: paginationWire }) } },
  handle: async ({ db, urls }, { params, query, caller, origin }) => {
    const { stepId, status } = query
    const found = await listActivityRuns(db, viewerOf(caller), pathId(params.runId, 'workflow run'), { stepId, status }, readPage(query))
    const { entries, pagination } = cutPage(query, found.total, found.activities, ({ id }) => id)
    return { status: 200, body: { activityRuns: toActivityRuns({ ...found, activities: entries }, (id) => urls.sign(origin, id)), pagination } }
  },
})
