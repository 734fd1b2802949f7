import { z } from 'zod'
import { getExecutable } from '../../port-workflows.ts'
import { okWorkflow, toPortWorkflow } from '../../port-wire.ts'
import { defineRoute } from '../../route.ts'
import { saveWorkflow } from '../../save-workflow.ts'
import { partialWorkflow, withChange } from '../../workflow-body.ts'

export default defineRoute({
  method: 'patch',
  path: '/v1/workflows/:workflowId',
  tag: 'Port',
  summary: 'Change top-level fields of a workflow, as Port does.',
  allow: 'member',
  params: z.object({ workflowId: z.string() }),
  body: partialWorkflow,
  answers: { 200: { description: 'The new version.', schema: okWorkflow }, 409: { description: 'The new identifier is taken.' }, 422: { description: 'Every fault of the definition, in `details`.' } },
  handle: async (services, { params, body, caller }) => {
    await getExecutable(services.db, caller, params.workflowId)
    return { status: 200, body: { ok: true, workflow: toPortWorkflow(await saveWorkflow(services, { caller }, params.workflowId, (latest) => withChange(latest, body))) } }
  },
})
