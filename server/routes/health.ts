import { z } from 'zod'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'get',
  path: '/health',
  tag: 'Server',
  summary: 'Whether the process answers.',
  allow: 'public',
  answers: { 200: { description: 'It does.', schema: z.object({ status: z.literal('ok') }) } },
  handle: async () => ({ status: 200, body: { status: 'ok' } }),
})
