import { z } from 'zod'
import { createWorkflow } from '../../db/workflows.ts'
import { assertWorkflow } from '../../runner/check-workflow.ts'
import { tagOf } from '../save-workflow.ts'
import { defineRoute } from '../route.ts'
import { toWorkflow, workflowWire } from '../wire.ts'
import { definitionIn, givenWorkflow } from '../workflow-body.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/workflows',
  tag: 'Workflows',
  summary: 'Save a new workflow.',
  allow: 'member',
  body: givenWorkflow,
  answers: { 201: { description: 'The workflow, version 1.', schema: z.object({ workflow: workflowWire }) }, 409: { description: 'The identifier is taken.' }, 422: { description: 'Every fault of the definition, in `details`.' } },
  handle: async ({ db, clock, catalog, jq }, { body, caller }) => {
    const definition = await assertWorkflow(definitionIn(body), { catalog, jq })
    const stored = await createWorkflow(db, { id: clock.newId(), org: caller.org, definition, by: caller.userId, at: clock.now() })
    return { status: 201, headers: { location: `/api/v1/workflows/${stored.row.id}`, etag: tagOf(stored) }, body: { workflow: toWorkflow(stored) } }
  },
})
