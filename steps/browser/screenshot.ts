import { z } from 'zod'
import { toFileValue } from '../../runner/model/artifact.ts'
import { locate } from '../lib/locate.ts'
import { named } from '../lib/safe-name.ts'
import { takeScreenshot } from '../lib/screenshot.ts'
import { defineStep, done } from '../lib/step.ts'
import { targetSchema } from '../lib/target.ts'

export default defineStep({
  summary: 'Take a picture of the page or of one element; fields that hold secrets are painted over.',
  config: z
    .strictObject({
      target: targetSchema.optional().meta({ description: 'The element to show; the visible part of the page unless said otherwise.' }),
      fullPage: z.boolean().optional().meta({ description: 'Show the whole page, also what must be scrolled to.' }),
      type: z.enum(['png', 'jpeg']).optional().meta({ description: 'png unless said otherwise; a jpeg is smaller, and not exact.' }),
      name: z.string().min(1).optional().meta({ description: 'The name of the file.' }),
    })
    .refine(({ target, fullPage }) => target === undefined || !fullPage, { path: ['fullPage'], message: 'Give one of target or fullPage, not both.' }),
  async run(context, { target, fullPage, type = 'png', name = 'screenshot' }) {
    const { signal, remainingMs, matchedTarget } = context
    const page = await context.page()
    const locator = target === undefined ? undefined : await locate(page, target, { signal, timeoutMs: remainingMs(), matchedTarget })
    const from = await takeScreenshot(page, { locator, fullPage, type, masks: context.masks(), signal, timeoutMs: remainingMs() })
    const file = { type: 'screenshot', name: named(name, type === 'png' ? '.png' : '.jpg'), mimeType: `image/${type}`, from } as const
    return done(toFileValue(await context.saveArtifact(file)))
  },
})
