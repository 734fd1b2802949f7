import { z } from 'zod'
import { RUN_STATES, RUN_STATUSES } from '../../runner/model/run.ts'
import { callbackFields } from '../callback.ts'
import { givenInputs } from '../given-inputs.ts'
import { hookCaller, hookOf } from '../hook-token.ts'
import { defineRoute } from '../route.ts'
import { asCreated, startRun } from '../start-run.ts'
import { toRun } from '../wire.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/hooks/:token',
  tag: 'Workflows',
  summary: 'Start the workflow that this address belongs to; the body is its inputs.',
  allow: 'member',
  caller: hookCaller,
  params: z.object({ token: z.string().max(100) }),
  // The body is the inputs; a secret has no place in an address.
  query: z.object({ callbackUrl: callbackFields.callbackUrl }),
  body: givenInputs,
  idempotent: true,
  answers: {
    202: {
      description: 'It was started.',
      schema: z.object({ workflowRun: z.object({ id: z.uuid(), identifier: z.string(), status: z.enum(RUN_STATUSES), state: z.enum(RUN_STATES) }) }),
    },
  },
  handle: async (services, { params, query, body, caller, headers }) => {
    const { workflowId } = await hookOf(services, params.token)
    // Not the address as called: the token in it is stored nowhere.
    const { run } = await startRun(services, { body: { workflowId, inputs: body, callbackUrl: query.callbackUrl }, files: [], caller, call: `POST hook of ${workflowId}`, headers })
    const { id, identifier, status, state } = toRun({ run: asCreated(run), awaiting: null, outputs: {} }, run.createdAt)
    return { status: 202, body: { workflowRun: { id, identifier, status, state } } }
  },
})
