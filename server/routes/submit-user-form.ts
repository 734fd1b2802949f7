import { z } from 'zod'
import { answerBody, submitAnswer } from '../answer.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { toSubmitted, userFormWire } from '../user-form-wire.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/user-forms/:formId/submit',
  tag: 'Input requests',
  summary: 'Answer an input request. Only the first answer counts, or the first of each person where several must answer.',
  allow: 'member',
  params: z.object({ formId: z.string() }),
  body: answerBody,
  multipart: true,
  answers: {
    200: { description: 'Taken; the run goes on by itself, unless more people must answer.', schema: z.object({ userForm: userFormWire, workflowRun: z.object({ id: z.uuid(), status: z.string(), state: z.string() }) }) },
    409: { description: 'It was answered already, or by the same person, or the run has ended.' },
    410: { description: 'The time to answer is over.' },
  },
  handle: async (services, call) => ({
    status: 200,
    body: toSubmitted(await submitAnswer(services, pathId(call.params.formId, 'input request'), call), call.caller),
  }),
})
