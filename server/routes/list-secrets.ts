import { z } from 'zod'
import { listSecrets } from '../../db/secrets.ts'
import { cutPage, pageQuery, readPage } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { paginationWire, secretWire, toSecret } from '../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/secrets',
  tag: 'Secrets',
  summary: 'List the names of the secrets.',
  allow: 'member',
  query: z.object(pageQuery),
  answers: { 200: { description: 'A page of them, by name.', schema: z.object({ secrets: z.array(secretWire), pagination: paginationWire }) } },
  handle: async ({ db }, { query, caller }) => {
    const { secrets, total } = await listSecrets(db, caller.org, readPage(query))
    const { entries, pagination } = cutPage(query, total, secrets, ({ name }) => name)
    return { status: 200, body: { secrets: entries.map(toSecret), pagination } }
  },
})
