import { z } from 'zod'
import { checkWorkflow } from '../../runner/check-workflow.ts'
import { defineRoute } from '../route.ts'
import { faultWire } from '../wire.ts'
import { definitionIn, givenWorkflow } from '../workflow-body.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/workflows/validate',
  tag: 'Workflows',
  summary: 'Check a definition; nothing is stored.',
  allow: 'viewer',
  readsOnly: true,
  body: givenWorkflow,
  answers: { 200: { description: 'All faults, none when it is valid.', schema: z.object({ valid: z.boolean(), faults: z.array(faultWire) }) } },
  handle: async ({ catalog, jq }, { body }) => {
    const checked = await checkWorkflow(definitionIn(body), { catalog, jq })
    const faults = 'faults' in checked ? checked.faults : []
    return { status: 200, body: { valid: faults.length === 0, faults } }
  },
})
