import { z } from 'zod'
import { locate } from '../lib/locate.ts'
import { defineStep, done } from '../lib/step.ts'
import { targetSchema } from '../lib/target.ts'

const pixels = z.int().default(0)

export default defineStep({
  summary: 'Scroll an element into view, or scroll the page or a box in it.',
  config: z
    .strictObject({
      target: targetSchema.optional().meta({ description: 'The element to bring into view; with "by" or "to", the box to scroll in.' }),
      by: z.strictObject({ x: pixels, y: pixels }).optional().meta({ description: 'Pixels to the right and down.' }),
      to: z.enum(['top', 'bottom']).optional(),
    })
    .superRefine(({ target, by, to }, context) => {
      if (target === undefined && by === undefined && to === undefined) context.addIssue({ code: 'custom', message: 'Give one of target, by or to.' })
      if (by !== undefined && to !== undefined) context.addIssue({ code: 'custom', path: ['to'], message: 'Give by or to, not both.' })
    }),
  async run(context, { target, by, to }) {
    const { signal, remainingMs, matchedTarget } = context
    const page = await context.page()
    const found = await locate(page, target ?? ':root', { signal, timeoutMs: remainingMs(), matchedTarget })
    if (by === undefined && to === undefined) {
      await found.scrollIntoViewIfNeeded({ signal, timeout: remainingMs() })
      return done()
    }
    await found.evaluate(
      (element, { left, top, edge }) => {
        const box = element === document.documentElement ? (document.scrollingElement ?? element) : element
        // A page that scrolls smoothly would still be on its way when the next step begins.
        if (edge === undefined) box.scrollBy({ left, top, behavior: 'instant' })
        else box.scrollTo({ top: edge === 'top' ? 0 : box.scrollHeight, behavior: 'instant' })
      },
      { left: by?.x ?? 0, top: by?.y ?? 0, edge: to },
      { signal, timeout: remainingMs() },
    )
    return done()
  },
})
