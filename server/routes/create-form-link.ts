import { z } from 'zod'
import { getInputRequest } from '../../db/input-requests.ts'
import { getRun } from '../../db/runs.ts'
import { problem } from '../../runner/model/problem.ts'
import { isShared } from '../../runner/model/shared-question.ts'
import { assertOpenQuestion } from '../answer.ts'
import { viewerOf } from '../caller.ts'
import { pathId } from '../paging.ts'
import { assertResponder } from '../responders.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/user-forms/:formId/link',
  tag: 'Input requests',
  summary: 'Make an address at which somebody without an account answers the question.',
  allow: 'member',
  params: z.object({ formId: z.string() }),
  body: z.strictObject({ expiresInMs: z.int().min(1000).max(366 * 86_400_000).optional().meta({ description: 'The question’s own time at most, which it is unless said otherwise.' }) }).meta({ id: 'CreateFormLink' }),
  answers: {
    201: { description: 'Whoever has it may answer, once, and sees the question and its picture.', schema: z.object({ url: z.url(), expiresAt: z.iso.datetime() }) },
    409: { description: 'It was answered already, or the run has ended, or several people must answer, whom a link could not tell apart.' },
    410: { description: 'The time to answer is over.' },
  },
  handle: async ({ db, clock, formLinks }, { params, body, caller, origin }) => {
    const view = await getInputRequest(db, caller.org, pathId(params.formId, 'input request'))
    await getRun(db, viewerOf(caller), view.run.id)
    assertOpenQuestion(view, clock.now())
    assertResponder(caller, view.request)
    if (isShared(view.request)) throw problem('conflict', 'This question needs answers of several people, who have to be known: it has no link.')
    const { id: requestId, expiresAt: last } = view.request
    const expiresAt = Math.min(last, body.expiresInMs === undefined ? last : clock.now() + body.expiresInMs)
    const token = formLinks.sign({ org: caller.org, requestId, expiresAt })
    return { status: 201, body: { url: `${origin}/answer/${token}`, expiresAt: new Date(expiresAt).toISOString() } }
  },
})
