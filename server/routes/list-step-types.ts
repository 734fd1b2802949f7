import { z } from 'zod'
import { ROOMS, stepTypes } from '../../runner/catalog.ts'
import { defineRoute } from '../route.ts'

const stepType = z.object({ type: z.string(), kind: z.enum(['trigger', 'condition', 'step']), room: z.enum(ROOMS).meta({ description: 'What it has to do with: where it stands among the step types.' }), summary: z.string(), config: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema (draft 2020-12) of the config, `type` left out.' }) })

export default defineRoute({
  method: 'get',
  path: '/api/v1/step-types',
  tag: 'Workflows',
  summary: 'List the step types with the schemas of their configs.',
  allow: 'viewer',
  answers: { 200: { description: 'All of them.', schema: z.object({ stepTypes: z.array(stepType) }) } },
  handle: async ({ catalog }) => ({ status: 200, body: { stepTypes: stepTypes(catalog) } }),
})
