import { z } from 'zod'
import { locate } from '../lib/locate.ts'
import { defineStep, done } from '../lib/step.ts'
import { targetSchema } from '../lib/target.ts'

export default defineStep({
  summary: 'Move the mouse over an element.',
  config: z.strictObject({ target: targetSchema }),
  async run(context, { target }) {
    const { signal, remainingMs, matchedTarget } = context
    const found = await locate(await context.page(), target, { signal, timeoutMs: remainingMs(), matchedTarget })
    await found.hover({ signal, timeout: remainingMs() })
    return done()
  },
})
