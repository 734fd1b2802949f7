import { z } from 'zod'
import { pageScript, scriptProblem, toJson } from '../lib/page-script.ts'
import { defineStep, done } from '../lib/step.ts'
import { pageBusy, within } from '../lib/within.ts'

export default defineStep({
  summary: 'Run JavaScript in the page and keep what it returns.',
  config: z.strictObject({
    expression: z.string().min(1).meta({ description: 'An expression, or a function of arg; it may await.' }),
    arg: z.json().optional().meta({ description: 'What the function is called with.' }),
  }),
  async run(context, { expression, arg }) {
    const { signal, remainingMs, timeoutMs } = context
    const page = await context.page()
    const value = await within(page.evaluate(pageScript(expression, arg)).catch(scriptProblem), { signal, timeoutMs: remainingMs() }, () => {
      throw pageBusy(`The expression did not end within ${timeoutMs} ms on ${page.url()}.`)
    })
    return done({ value: toJson(value) })
  },
})
