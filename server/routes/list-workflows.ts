import { z } from 'zod'
import { listWorkflows } from '../../db/workflows.ts'
import { cursorQuery, cutPage, pageQuery, readPage } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { paginationWire, toWorkflow, workflowWire } from '../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/workflows',
  tag: 'Workflows',
  summary: 'List workflows in their latest version, newest first.',
  allow: 'viewer',
  query: z.object({ search: z.string().max(200).optional().meta({ description: 'Part of the identifier or title.' }), ...pageQuery, ...cursorQuery }),
  answers: { 200: { description: 'A page of workflows.', schema: z.object({ workflows: z.array(workflowWire), pagination: paginationWire }) } },
  handle: async ({ db }, { query, caller }) => {
    const { workflows, total } = await listWorkflows(db, { org: caller.org, search: query.search, ...readPage(query) })
    const { entries, pagination } = cutPage(query, total, workflows, ({ row }) => row.id)
    return { status: 200, body: { workflows: entries.map(toWorkflow), pagination } }
  },
})
