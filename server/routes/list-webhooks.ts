import { z } from 'zod'
import { listWebhooks } from '../../db/webhooks.ts'
import { parseId } from '../../runner/model/id.ts'
import { viewerOf } from '../caller.ts'
import { cursorQuery, cutPage, pageQuery, readPage } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { toWebhook, webhookWire } from '../webhook-wire.ts'
import { paginationWire } from '../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/webhooks',
  tag: 'Webhooks',
  summary: 'List webhooks, newest first.',
  allow: 'viewer',
  query: z.object({
    workflowRunId: z.string().max(100).optional().meta({ description: 'In place of them, what the `callbackUrl` of this run became.' }),
    jobRunId: z.string().max(100).optional().meta({ description: 'The same, of this job run.' }),
    ...pageQuery,
    ...cursorQuery,
  }),
  answers: { 200: { description: 'A page of webhooks.', schema: z.object({ webhooks: z.array(webhookWire), pagination: paginationWire }) } },
  handle: async ({ db, clock }, { query, caller }) => {
    const [runId, jobRunId] = [query.workflowRunId, query.jobRunId].map((id) => (id === undefined ? undefined : (parseId(id) ?? '')))
    const { webhooks, total } = await listWebhooks(db, viewerOf(caller), { runId, jobRunId }, readPage(query))
    const { entries, pagination } = cutPage(query, total, webhooks, ({ id }) => id)
    return { status: 200, body: { webhooks: entries.map((row) => toWebhook(row, clock.now())), pagination } }
  },
})
