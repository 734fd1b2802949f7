import { z } from 'zod'
import { deleteSecret } from '../../db/secrets.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'delete',
  path: '/api/v1/secrets/:name',
  tag: 'Secrets',
  summary: 'Delete a secret. Runs that name it from then on fail.',
  allow: 'admin',
  params: z.object({ name: z.string() }),
  answers: { 204: { description: 'Deleted.' } },
  handle: async ({ db }, { params, caller }) => {
    await deleteSecret(db, caller.org, params.name)
    return { status: 204 }
  },
})
