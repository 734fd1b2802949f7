import { z } from 'zod'
import { takeAnswer } from '../answer.ts'
import { filesOfFields, readFields } from '../form-fields.ts'
import { linkCaller, questionOfLink } from '../form-link.ts'
import { sendPage } from '../html.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'post',
  path: '/answer/:token',
  tag: 'Input requests',
  summary: 'Answer a question by its link.',
  allow: 'member',
  caller: linkCaller,
  params: z.object({ token: z.string().max(4000) }),
  body: z.record(z.string(), z.union([z.string(), z.array(z.string())])).meta({ description: 'The fields of the form: `f0`, `f1` … in the order of the question, and the `button`.' }),
  multipart: true,
  pages: true,
  answers: { 200: { description: 'Taken; the run goes on by itself.', type: 'text/html' }, 409: { description: 'It was answered already.', type: 'text/html' }, 410: { description: 'The time of the link, or of the question, is over.', type: 'text/html' } },
  handle: async (services, { params, body, files, caller }) => {
    const view = await questionOfLink(services, params.token)
    const button = typeof body.button === 'string' && body.button !== '' ? body.button : undefined
    await takeAnswer(services, caller, view, { values: readFields(view.request, body), files: filesOfFields(view.request, files), button }, { coerce: true })
    return { respond: async (response) => sendPage(response, 200, { title: 'Thank you', body: '<h1>Thank you.</h1><p>The answer was taken, and the run goes on. You may close this page.</p>' }) }
  },
})
