import { setTimeout as sleep } from 'node:timers/promises'
import type { Locator, Page } from 'playwright-core'
import { problem } from '../../runner/model/problem.ts'
import { isNavigationRace, isStrictViolation } from './playwright-error.ts'
import { describeTarget, framesOf, selectorOf, type OneTarget, type Target } from './target.ts'
import { within } from './within.ts'

/** Where a target points, without looking whether something is there. */
export function toLocator(page: Page, target: OneTarget): Locator {
  const frames = framesOf(target)
  const [outermost, ...inner] = frames
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

/** Milliseconds between two looks at the alternatives: often at first, when the page is likely just painting. */
const PAUSES = [20, 50, 100, 100, 250]

/**
 * The element a target points at. A single target costs no round trip: Playwright's action does its own waiting for it. Of a list, the first
 * alternative *in its order* that matches at the same look is taken; one that matches several elements where one is needed does not match.
 *
 * @throws Problem `step_timeout` when no alternative matched in time, saying what became of each
 */
export async function locate(page: Page, target: Target, options: Options): Promise<Locator> {
  if (!Array.isArray(target)) return toLocator(page, target)
  const { signal, timeoutMs, matchedTarget } = options
  const locators = target.map((one) => toLocator(page, one))
  const started = performance.now()
  const leftMs = () => Math.max(1, timeoutMs - (performance.now() - started))
  let matches: number[] = []
  const late = () => noneMatched(target, matches, page.url(), timeoutMs)
  for (let look = 0; ; look++) {
    matches = await within(Promise.all(locators.map((locator) => countMatches(locator, options))), { signal, timeoutMs: leftMs() }, late)
    const index = matches.findIndex((count) => count === 1 || (options.multiple && count > 1))
    const found = locators[index]
    if (found) {
      matchedTarget?.(index)
      return found
    }
    const pause = PAUSES[Math.min(look, PAUSES.length - 1)] ?? 250
    if (leftMs() <= pause) throw late()
    await sleep(pause, undefined, { signal })
  }
}

/** 0, 1, or 2 for "several". */
async function countMatches(locator: Locator, { state = 'visible', multiple = false }: Options): Promise<number> {
  try {
    if (state === 'attached') return Math.min(await locator.count(), 2)
    return (await (multiple ? locator.first() : locator).isVisible()) ? 1 : 0
  } catch (error) {
    if (isStrictViolation(error)) return 2
    if (isNavigationRace(error)) return 0
    throw error
  }
}

function noneMatched(target: OneTarget[], matches: number[], url: string, timeoutMs: number) {
  const each = target.map((one, index) => describeTarget(one) + ((matches[index] ?? 0) > 1 ? ' (several match)' : ''))
  return problem('step_timeout', `None of these was found within ${timeoutMs} ms on ${url}: ${each.join(', ')}.`, { details: { target: describeTarget(target), url } })
}
