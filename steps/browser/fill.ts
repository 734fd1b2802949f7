import type { Locator } from 'playwright-core'
import { z } from 'zod'
import { problem } from '../../runner/model/problem.ts'
import { locate } from '../lib/locate.ts'
import { defineStep, done } from '../lib/step.ts'
import { describeTarget, targetSchema } from '../lib/target.ts'
import { maskSecret, spread, typedText } from '../lib/typed-text.ts'

/** What a date or colour field takes; anything else it drops without a word. */
const FORMATS: Record<string, string> = {
  date: '2026-01-31',
  time: '13:45',
  'datetime-local': '2026-01-31T13:45',
  month: '2026-01',
  week: '2026-W05',
  color: '#00aaff',
}

/** Fields that may drop a value, and labels, which lead to one. */
const MAY_DROP = `xpath=self::label | self::input[contains(' ${Object.keys(FORMATS).join(' ')} ', concat(' ', translate(@type, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'), ' '))]`

/** The type of a field that kept nothing of the value. A field that is gone by now has taken it. */
async function droppedBy(found: Locator, value: string): Promise<string | undefined> {
  const types = await found.evaluateAll((elements, typed) => {
    const fields = elements.map((element) => (element instanceof HTMLLabelElement ? element.control : element))
    const inputs = fields.filter((field): field is HTMLInputElement => field instanceof HTMLInputElement)
    return inputs.filter((input) => (input.type === 'color' ? input.value !== typed.trim().toLowerCase() : input.value === '')).map((input) => input.type)
  }, value)
  return types.find((type) => type in FORMATS)
}

export default defineStep({
  summary: 'Put a value into a text box, replacing what was there.',
  config: z.strictObject({
    target: targetSchema,
    value: typedText,
    perCharacter: z.boolean().optional().meta({ description: 'Spread a code over the boxes that match the target, one character each.' }),
  }),
  async run(context, { target, value, perCharacter }) {
    const { signal, remainingMs, matchedTarget } = context
    const found = await locate(await context.page(), target, { signal, timeoutMs: remainingMs(), matchedTarget, multiple: perCharacter ?? false })
    maskSecret(context, target, value)
    if (perCharacter) {
      for (const { box, character } of await spread(found, value, context)) await box.fill(character, { signal, timeout: remainingMs() })
      return done()
    }
    await found.fill(value, { signal, timeout: remainingMs() })
    // Counted in Playwright's own world; to look at the field would install its engine in the page's, some 20 ms on every new page.
    if (value === '' || (await found.locator(MAY_DROP).count()) === 0) return done()
    const type = await droppedBy(found, value)
    if (type === undefined) return done()
    const text = `${describeTarget(target)} is a ${type} field and does not take this value; it takes one such as ${FORMATS[type]}.`
    throw problem('step_failed', text, { retryable: false })
  },
})
