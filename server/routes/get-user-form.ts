import { z } from 'zod'
import { getInputRequest } from '../../db/input-requests.ts'
import { getRun } from '../../db/runs.ts'
import { viewerOf } from '../caller.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { toUserForm, userFormWire } from '../user-form-wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/user-forms/:formId',
  tag: 'Input requests',
  summary: 'Get an input request.',
  allow: 'viewer',
  params: z.object({ formId: z.string() }),
  answers: { 200: { description: 'The input request.', schema: userFormWire } },
  handle: async ({ db }, { params, caller }) => {
    const { request, run } = await getInputRequest(db, caller.org, pathId(params.formId, 'input request'))
    await getRun(db, viewerOf(caller), run.id)
    return { status: 200, body: toUserForm(request, caller) }
  },
})
