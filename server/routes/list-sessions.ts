import { z } from 'zod'
import { listSessions } from '../../db/sessions.ts'
import { cutPage, pageQuery, readPage } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { paginationWire } from '../wire.ts'
import { sessionWire, toSession } from '../session-wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/sessions',
  tag: 'Sessions',
  summary: 'List the sessions: saved logins that runs begin with.',
  allow: 'viewer',
  query: z.object(pageQuery),
  answers: { 200: { description: 'A page of them, by name.', schema: z.object({ sessions: z.array(sessionWire), pagination: paginationWire }) } },
  handle: async ({ db, clock }, { query, caller }) => {
    const { sessions, total } = await listSessions(db, caller.org, readPage(query))
    const { entries, pagination } = cutPage(query, total, sessions, ({ name }) => name)
    return { status: 200, body: { sessions: entries.map((session) => toSession(session, clock.now())), pagination } }
  },
})
