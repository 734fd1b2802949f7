import { z } from 'zod'
import { listRuns } from '../../../db/list-runs.ts'
import { viewerOf } from '../../caller.ts'
import { cursorQuery, cutPage, portPageQuery, readPage } from '../../paging.ts'
import { listQuery, toPortRuns, workflowIdsOf } from '../../port-runs.ts'
import { okRuns, PORT_RESULTS, PORT_STATUSES, statesOf } from '../../port-wire.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'get',
  path: '/v1/workflows/runs',
  tag: 'Port',
  summary: 'List the runs that the caller may view.',
  allow: 'viewer',
  query: z.object({
    workflowIdentifiers: listQuery.optional(),
    status: z.enum(PORT_STATUSES).optional(),
    result: z.enum(PORT_RESULTS).optional(),
    ...portPageQuery,
    ...cursorQuery,
  }),
  answers: { 200: { description: 'A page of runs, newest first; the node runs in loops are left out.', schema: okRuns } },
  handle: async (services, { query, caller, signal }) => {
    const { workflowIdentifiers: names = [], status, result } = query
    const workflowIds = names.length === 0 ? undefined : await workflowIdsOf(services, caller, names)
    const { runs, total } = await listRuns(services.db, viewerOf(caller), { workflowIds, states: statesOf({ status, result }) }, { ...readPage(query), signal })
    const { entries, pagination } = cutPage(query, total, runs, ({ run }) => run.id)
    return { status: 200, body: { ok: true, runs: await toPortRuns(services, caller, entries), pagination } }
  },
})
