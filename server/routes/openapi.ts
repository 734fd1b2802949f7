import { z } from 'zod'
import { openApi } from '../openapi.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'get',
  path: '/openapi.json',
  tag: 'Server',
  summary: 'This API as OpenAPI 3.1.',
  allow: 'public',
  answers: { 200: { description: 'The document.', schema: z.record(z.string(), z.unknown()) } },
  handle: async ({ routes }, { origin }) => ({ status: 200, body: openApi(routes, origin) }),
})
