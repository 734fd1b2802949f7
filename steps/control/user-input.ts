import { z } from 'zod'
import { problem } from '../../runner/model/problem.ts'
import { codeInput } from '../../runner/model/otp-account.ts'
import { userInputsSchema } from '../../runner/model/user-inputs.ts'
import { defineStep, done, wait } from '../lib/step.ts'

const YEAR_MS = 366 * 86_400_000
/** More answers than that are no approval but a poll. */
const count = z.int().min(1).max(50).optional()
const people = z.array(z.string().min(1).max(200)).min(1).max(1000).optional()

export default defineStep({
  summary: 'Ask a person, and pause the run until the answer comes.',
  config: z
    .strictObject({
      title: z.string().min(1).max(200),
      description: z.string().max(10_000).optional(),
      userInputs: userInputsSchema.default({ properties: {} }),
      buttons: z
        .array(
          z.strictObject({
            identifier: z.string().min(1).max(60),
            label: z.string().min(1).max(100),
            variant: z.enum(['PRIMARY', 'SECONDARY', 'DANGER']).optional(),
            required: count,
          }),
        )
        .min(1)
        .max(10)
        .refine((all) => new Set(all.map(({ identifier }) => identifier)).size === all.length, 'must not name a button twice')
        .optional()
        .meta({ description: 'The one that enough people have pressed first ends the wait: `required` of the button, else `responders.required` for the first and one for any other.' }),
      account: z.string().trim().min(1).max(200).optional().meta({ description: 'An account whose one-time codes answer it when they are sent on (`POST /api/v1/otp-codes`); they go into the input of the format `otp`.' }),
      responders: z
        .strictObject({ users: people, roles: people, teams: people, required: count })
        .optional()
        .meta({ description: 'Who may answer (nobody named: whoever may answer at all), and how many different people must: press the first button, or answer where there is none.' }),
      timeoutMs: z.int().min(1).max(YEAR_MS).default(7_200_000),
      onTimeout: z.enum(['fail', 'continue']).default('fail'),
    })
    .superRefine(({ account, userInputs, buttons, responders }, context) => {
      if (account === undefined) return
      if (codeInput(userInputs) === null) context.addIssue({ code: 'custom', path: ['account'], message: 'needs one input of the format otp, which its codes go into' })
      if (buttons !== undefined) context.addIssue({ code: 'custom', path: ['account'], message: 'does not go with buttons: a code presses none' })
      if ((responders?.required ?? 1) > 1) context.addIssue({ code: 'custom', path: ['account'], message: 'does not go with several answers: a code is nobody’s' })
    }),
  run: (_context, { title, description, userInputs, buttons, responders, account, timeoutMs }) =>
    wait({ type: 'input', account, title, description: description ?? null, userInputs, buttons: buttons ?? [], responders: responders ?? null, timeoutMs }),
  resume(_context, { title, timeoutMs, onTimeout }, wake) {
    if (wake.type === 'answer') {
      const { values, button, comments, submittedBy, submittedAt, answers } = wake
      return done({ values, button, comments, submittedBy, submittedAt, ...(answers && { answers }) })
    }
    if (wake.type !== 'expired') throw new Error(`A question cannot be ended by "${wake.type}".`)
    if (onTimeout === 'fail') throw problem('input_expired', `Nobody answered "${title}" within ${timeoutMs} ms.`)
    return done({ values: {}, button: null, comments: null, submittedBy: null, submittedAt: null, timeout: true })
  },
})
