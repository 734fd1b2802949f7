import type { Locator } from 'playwright-core'
import { z } from 'zod'
import { problem } from '../../runner/model/problem.ts'
import type { StepContext } from './step.ts'
import { framesOf, selectorOf, type Target } from './target.ts'

/** What FILL and TYPE put into a field. A template may well give a number. */
export const typedText = z.union([z.string(), z.number()], { error: 'must be text or a number' }).transform(String)

/** Has screenshots mask the field when a secret is typed into it: all alternatives, as the page may show another one later. */
export function maskSecret(context: StepContext, target: Target, value: string): void {
  if (value === '' || !context.isSecret(value)) return
  for (const one of [target].flat()) context.maskField({ selector: selectorOf(one), frames: framesOf(one) })
}

/**
 * One character and the box it belongs in, for codes that are asked for in a row of boxes.
 *
 * @throws Problem `step_failed` when there are more or fewer boxes than characters
 */
export async function spread(boxes: Locator, value: string, { signal, remainingMs }: StepContext): Promise<{ box: Locator; character: string }[]> {
  await boxes.first().waitFor({ signal, timeout: remainingMs() })
  const count = await boxes.count()
  const characters = Array.from(value)
  if (count !== characters.length) throw problem('step_failed', `The value has ${characters.length} characters, and ${count} boxes match: each needs its own.`)
  return characters.map((character, index) => ({ box: boxes.nth(index), character }))
}
