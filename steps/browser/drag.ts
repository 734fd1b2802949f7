import { z } from 'zod'
import { locate } from '../lib/locate.ts'
import { stepProblem } from '../lib/playwright-error.ts'
import { defineStep, done } from '../lib/step.ts'
import { targetSchema } from '../lib/target.ts'

export default defineStep({
  summary: 'Drag an element and drop it on another.',
  config: z.strictObject({ target: targetSchema, to: targetSchema.meta({ description: 'Where to drop it.' }) }),
  async run(context, { target, to }) {
    const { signal, remainingMs, matchedTarget } = context
    const page = await context.page()
    const dragged = await locate(page, target, { signal, timeoutMs: remainingMs(), matchedTarget })
    const place = await locate(page, to, { signal, timeoutMs: remainingMs() })
    // Playwright looks for both in one call, and would not say which of them is missing.
    await place.waitFor({ signal, timeout: remainingMs() }).catch((error: unknown) => {
      throw stepProblem(error, { config: { target: to }, page })
    })
    await dragged.dragTo(place, { signal, timeout: remainingMs() })
    return done()
  },
})
