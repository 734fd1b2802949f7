import { z } from 'zod'
import { getSession } from '../../db/sessions.ts'
import { defineRoute } from '../route.ts'
import { sessionWire, toSession } from '../session-wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/sessions/:name',
  tag: 'Sessions',
  summary: 'Say how a session stands; what it holds is never told.',
  allow: 'viewer',
  params: z.object({ name: z.string() }),
  answers: { 200: { description: 'The session.', schema: z.object({ session: sessionWire }) } },
  handle: async ({ db, clock }, { params, caller }) => ({ status: 200, body: { session: toSession(await getSession(db, caller.org, params.name), clock.now()) } }),
})
