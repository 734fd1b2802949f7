import { z } from 'zod'
import { locate } from '../lib/locate.ts'
import { defineStep, done } from '../lib/step.ts'
import { targetSchema } from '../lib/target.ts'

export default defineStep({
  summary: 'Tick a check box or choose a radio button, or take the tick away.',
  config: z.strictObject({
    target: targetSchema,
    checked: z.boolean().default(true).meta({ description: 'Whether it is to be ticked in the end.' }),
  }),
  async run(context, { target, checked }) {
    const { signal, remainingMs, matchedTarget } = context
    const found = await locate(await context.page(), target, { signal, timeoutMs: remainingMs(), matchedTarget })
    await found.setChecked(checked, { signal, timeout: remainingMs() })
    return done()
  },
})
