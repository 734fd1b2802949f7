import { z } from 'zod'
import { inputRequestOfRun } from '../../db/input-requests.ts'
import { getRun } from '../../db/runs.ts'
import { problem } from '../../runner/model/problem.ts'
import { answerBody, submitAnswer } from '../answer.ts'
import { viewerOf } from '../caller.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { toSubmitted, userFormWire } from '../user-form-wire.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/workflow-runs/:runId/input',
  tag: 'Input requests',
  summary: 'Answer what a run waits for.',
  allow: 'member',
  params: z.object({ runId: z.string() }),
  body: answerBody,
  multipart: true,
  answers: {
    200: { description: 'Taken; the run goes on by itself, unless more people must answer.', schema: z.object({ userForm: userFormWire, workflowRun: z.object({ id: z.uuid(), status: z.string(), state: z.string() }) }) },
    409: { description: 'Nothing is asked, or it was answered, or by the same person.' },
    410: { description: 'The time to answer is over.' },
  },
  handle: async (services, call) => {
    const runId = pathId(call.params.runId, 'workflow run')
    await getRun(services.db, viewerOf(call.caller), runId)
    const request = await inputRequestOfRun(services.db, runId)
    if (!request) throw problem('conflict', 'The run asks nothing.')
    return { status: 200, body: toSubmitted(await submitAnswer(services, request.id, call), call.caller) }
  },
})
