import { createWorkflow } from '../../../db/workflows.ts'
import { assertWorkflow } from '../../../runner/check-workflow.ts'
import { okWorkflow, toPortWorkflow } from '../../port-wire.ts'
import { defineRoute } from '../../route.ts'
import { definitionIn, givenWorkflow } from '../../workflow-body.ts'

export default defineRoute({
  method: 'post',
  path: '/v1/workflows',
  tag: 'Port',
  summary: 'Save a new workflow, as Port does.',
  allow: 'member',
  body: givenWorkflow,
  answers: { 201: { description: 'The workflow, version 1.', schema: okWorkflow }, 409: { description: 'The identifier is taken.' }, 422: { description: 'Every fault of the definition, in `details`.' } },
  handle: async ({ db, clock, catalog, jq }, { body, caller }) => {
    const definition = await assertWorkflow(definitionIn(body), { catalog, jq })
    const stored = await createWorkflow(db, { id: clock.newId(), org: caller.org, definition, by: caller.userId, at: clock.now() })
    return { status: 201, headers: { location: `/v1/workflows/${stored.row.id}` }, body: { ok: true, workflow: toPortWorkflow(stored) } }
  },
})
