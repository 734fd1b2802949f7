import { z } from 'zod'
import { locate } from '../lib/locate.ts'
import { defineStep, done } from '../lib/step.ts'
import { targetSchema } from '../lib/target.ts'
import { maskSecret, spread, typedText } from '../lib/typed-text.ts'

export default defineStep({
  summary: 'Type text key by key, as a person does, for fields that act on every key.',
  config: z.strictObject({
    target: targetSchema,
    value: typedText,
    delayMs: z.int().min(0).max(1000).optional().meta({ description: 'Milliseconds between two keys; 0 unless said otherwise.' }),
    perCharacter: z.boolean().optional().meta({ description: 'Spread a code over the boxes that match the target, one character each.' }),
  }),
  async run(context, { target, value, delayMs, perCharacter }) {
    const { signal, remainingMs, matchedTarget } = context
    const found = await locate(await context.page(), target, { signal, timeoutMs: remainingMs(), matchedTarget, multiple: perCharacter ?? false })
    maskSecret(context, target, value)
    const pieces = perCharacter ? await spread(found, value, context) : [{ box: found, character: value }]
    for (const { box, character } of pieces) await box.pressSequentially(character, { delay: delayMs, signal, timeout: remainingMs() })
    return done()
  },
})
