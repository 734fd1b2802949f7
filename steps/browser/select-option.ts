import { z } from 'zod'
import { locate } from '../lib/locate.ts'
import { oneOf } from '../lib/one-of.ts'
import { defineStep, done } from '../lib/step.ts'
import { targetSchema } from '../lib/target.ts'

const oneOrMore = <T extends z.ZodType>(one: T, what: string) =>
  z.union([one, z.array(one).min(1)], { error: `must be ${what}, or a list of them` }).transform((given) => [given].flat() as z.output<T>[])

export default defineStep({
  summary: 'Choose options of a drop-down list.',
  config: z
    .strictObject({
      target: targetSchema,
      value: oneOrMore(z.string(), 'the value of an option').optional(),
      label: oneOrMore(z.string(), 'the text of an option').optional(),
      index: oneOrMore(z.int().min(0), 'the position of an option, from 0').optional(),
    })
    .superRefine(oneOf('value', 'label', 'index')),
  async run(context, { target, value, label, index }) {
    const { signal, remainingMs, matchedTarget } = context
    const found = await locate(await context.page(), target, { signal, timeoutMs: remainingMs(), matchedTarget })
    const options = [
      ...(value ?? []).map((one) => ({ value: one })),
      ...(label ?? []).map((one) => ({ label: one })),
      ...(index ?? []).map((one) => ({ index: one })),
    ]
    return done({ selected: await found.selectOption(options, { signal, timeout: remainingMs() }) })
  },
})
