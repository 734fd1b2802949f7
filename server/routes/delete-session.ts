import { z } from 'zod'
import { forgetSession } from '../../db/sessions.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'delete',
  path: '/api/v1/sessions/:name',
  tag: 'Sessions',
  summary: 'Forget what a session holds; that of a LOGIN workflow stays, and the next run that wants it logs in.',
  allow: 'admin',
  params: z.object({ name: z.string() }),
  answers: { 204: { description: 'Forgotten.' } },
  handle: async ({ db, clock }, { params, caller }) => {
    await forgetSession(db, caller.org, params.name, clock.now())
    return { status: 204 }
  },
})
