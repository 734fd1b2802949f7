import { z } from 'zod'
import { listInputRequests, SORTS } from '../../db/input-requests.ts'
import { parseId } from '../../runner/model/id.ts'
import { pageQuery, cutPage, readPage } from '../paging.ts'
import { viewerOf } from '../caller.ts'
import { defineRoute } from '../route.ts'
import { toUserForm, userFormWire } from '../user-form-wire.ts'
import { paginationWire } from '../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/user-forms',
  tag: 'Input requests',
  summary: 'List input requests.',
  allow: 'viewer',
  query: z.object({
    status: z.enum(['pending', 'answered', 'expired', 'cancelled']).optional(),
    workflowRunId: z.string().max(100).optional(),
    search: z.string().max(200).optional(),
    sortBy: z.enum(Object.keys(SORTS) as [keyof typeof SORTS, ...(keyof typeof SORTS)[]]).default('createdAt'),
    sortOrder: z.enum(['asc', 'desc']).default('desc'),
    ...pageQuery,
  }),
  answers: { 200: { description: 'A page of input requests.', schema: z.object({ userForms: z.array(userFormWire), pagination: paginationWire }) } },
  handle: async ({ db }, { query, caller }) => {
    const { status, workflowRunId, search, sortBy, sortOrder } = query
    const runId = workflowRunId === undefined ? undefined : (parseId(workflowRunId) ?? '')
    const { limit, offset } = readPage(query)
    const { requests, total } = await listInputRequests(db, viewerOf(caller), { status, runId, search }, { limit, offset, sortBy, sortOrder })
    const { entries, pagination } = cutPage(query, total, requests, ({ request }) => request.id)
    return { status: 200, body: { userForms: entries.map(({ request }) => toUserForm(request, caller)), pagination } }
  },
})
