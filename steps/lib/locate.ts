import type { Locator, Page } from 'playwright-core'
import { problem } from '../../runner/model/problem.ts'
import { lookUntil } from './look-until.ts'
import { isStrictViolation } from './playwright-error.ts'
import { roughMs } from './rough-ms.ts'
import { describeTarget, framesOf, selectorOf, type OneTarget, type Target } from './target.ts'

/** Where a target points, without looking whether something is there. */
export function toLocator(page: Page, target: OneTarget): Locator {
  const [outermost, ...inner] = framesOf(target)
  if (outermost === undefined) return page.locator(selectorOf(target))
  return inner.reduce((frame, selector) => frame.frameLocator(selector), page.frameLocator(outermost)).locator(selectorOf(target))
}

type Options = {
  signal: AbortSignal
  timeoutMs: number
  /** What an alternative must be to match: a hidden file input, for one, is only ever `attached`. */
  state?: 'visible' | 'attached'
  /** Whether several elements may match; an action needs exactly one. */
  multiple?: boolean
  /** Told which of a list of alternatives matched. */
  matchedTarget?: (index: number) => void
}

/**
 * The element a target points at. A single target costs no round trip: Playwright's action does its own waiting for it. Of a list, the first
 * alternative *in its order* that matches at the same look is taken; one that matches several elements where one is needed does not match.
 *
 * @throws Problem `step_timeout` when no alternative matched in time, saying what became of each
 */
export async function locate(page: Page, target: Target, options: Options): Promise<Locator> {
  if (!Array.isArray(target)) return toLocator(page, target)
  const locators = target.map((one) => toLocator(page, one))
  const firstMatch = (counts: number[]) => counts.findIndex((count) => count === 1 || (options.multiple && count > 1))
  const counts = await lookUntil(
    () => Promise.all(locators.map((locator) => countMatches(locator, options))),
    (seen) => firstMatch(seen) !== -1,
    options,
  )
  const index = firstMatch(counts ?? [])
  const found = locators[index]
  if (!found) throw noneMatched(target, counts ?? [], page.url(), options.timeoutMs)
  options.matchedTarget?.(index)
  return found
}

/** 0, 1, or 2 for "several". */
async function countMatches(locator: Locator, { state = 'visible', multiple = false }: Options): Promise<number> {
  if (state === 'attached') return Math.min(await locator.count(), 2)
  try {
    return (await (multiple ? locator.filter({ visible: true }).first() : locator).isVisible()) ? 1 : 0
  } catch (error) {
    if (isStrictViolation(error)) return 2
    throw error
  }
}

function noneMatched(target: OneTarget[], counts: number[], url: string, timeoutMs: number) {
  const each = target.map((one, index) => describeTarget(one) + ((counts[index] ?? 0) > 1 ? ' (several match)' : ''))
  return problem('step_timeout', `None of these was found within ${roughMs(timeoutMs)} ms on ${url}: ${each.join(', ')}.`)
}
