import { z } from 'zod'
import { cutPage, portPageQuery, readPage } from '../../paging.ts'
import { listExecutable } from '../../port-workflows.ts'
import { okWorkflows, toPortWorkflow } from '../../port-wire.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'get',
  path: '/v1/workflows',
  tag: 'Port',
  summary: 'List the workflows that the caller may execute.',
  allow: 'viewer',
  query: z.object({ search: z.string().max(200).optional().meta({ description: 'Part of the identifier or title.' }), ...portPageQuery }),
  answers: { 200: { description: 'A page of workflows, newest first.', schema: okWorkflows } },
  handle: async ({ db }, { query, caller }) => {
    const { limit, offset } = readPage(query)
    const { workflows, total } = await listExecutable(db, caller, { search: query.search, limit, offset })
    const { entries, pagination } = cutPage(query, total, workflows, ({ row }) => row.id)
    return { status: 200, body: { ok: true, workflows: entries.map(toPortWorkflow), pagination } }
  },
})
