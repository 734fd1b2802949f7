import { z } from 'zod'
import { getWorkflow } from '../../db/workflows.ts'
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
  query: z.object({ workflowId: z.string().optional().meta({ description: 'The workflow that it is to be a new version of: what its latest version may go on saying is no fault.' }) }),
  body: givenWorkflow,
  answers: { 200: { description: 'All faults, none when it is valid.', schema: z.object({ valid: z.boolean(), faults: z.array(faultWire) }) } },
  handle: async ({ db, catalog, jq }, { query, body, caller }) => {
    const before = query.workflowId === undefined ? undefined : (await getWorkflow(db, caller.org, query.workflowId)).definition
    const checked = await checkWorkflow(definitionIn(body), { catalog, jq }, before)
    const faults = 'faults' in checked ? checked.faults : []
    return { status: 200, body: { valid: faults.length === 0, faults } }
  },
})
