import { z } from 'zod'
import { locate } from '../lib/locate.ts'
import { defineStep, done } from '../lib/step.ts'
import { targetSchema } from '../lib/target.ts'
import { pageBusy, within } from '../lib/within.ts'

export default defineStep({
  summary: 'Press a key, or keys together, on an element or on the page.',
  config: z.strictObject({
    key: z.string().min(1).meta({ description: 'A key as Playwright names it: Enter, Escape, ArrowDown, a, Control+A.' }),
    target: targetSchema.optional().meta({ description: 'The element to press it on; without one, whatever has the focus.' }),
  }),
  async run(context, { key, target }) {
    const { signal, remainingMs, matchedTarget } = context
    const page = await context.page()
    if (target === undefined) {
      await within(page.keyboard.press(key), { signal, timeoutMs: remainingMs() }, () => {
        throw pageBusy(`The page did not take the key ${key} in time.`)
      })
      return done()
    }
    const found = await locate(page, target, { signal, timeoutMs: remainingMs(), matchedTarget })
    await found.press(key, { signal, timeout: remainingMs() })
    return done()
  },
})
