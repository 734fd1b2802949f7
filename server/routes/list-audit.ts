import { z } from 'zod'
import { listAuditEntries } from '../../db/audit.ts'
import { cursorQuery, cutPage, instant, pageQuery, readPage } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { auditEntryWire, paginationWire, toAuditEntry } from '../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/audit',
  tag: 'Server',
  summary: 'List who did what to which thing, newest first.',
  allow: 'admin',
  query: z.object({
    actorId: z.string().max(200).optional(),
    action: z.string().max(200).optional().meta({ description: 'Part of the action: a method, or part of a path.' }),
    targetId: z.string().max(200).optional(),
    createdAfter: instant.optional(),
    createdBefore: instant.optional(),
    ...pageQuery,
    ...cursorQuery,
  }),
  answers: { 200: { description: 'A page of entries.', schema: z.object({ entries: z.array(auditEntryWire), pagination: paginationWire }) } },
  handle: async ({ db }, { query, caller }) => {
    const { actorId, action, targetId, createdAfter: after, createdBefore: before } = query
    const { entries, total } = await listAuditEntries(db, caller.org, { actorId, action, targetId, after, before }, readPage(query))
    const page = cutPage(query, total, entries, ({ id }) => id)
    return { status: 200, body: { entries: page.entries.map(toAuditEntry), pagination: page.pagination } }
  },
})
