import type { Locator, Page } from 'playwright-core'
import { toLocator } from './locate.ts'
import { nativeQuery, type NativeQuery } from './native-query.ts'
import { pageTools, type PageTools } from './page-tools.ts'
import { isNavigationRace, stepProblem } from './playwright-error.ts'
import type { OneTarget } from './target.ts'

/**
 * Reads much of a page in one round trip. Playwright's own `locator.evaluate` first installs its selector engine in the page's world (some
 * 30 ms on every new page) and takes another round trip for the element; a selector that the browser itself understands needs neither.
 */

/** Runs in the page, so it may use nothing from outside itself. `elements` are those that matched. */
type Read<A, R> = (elements: (Element | Document)[], arg: A, tools: PageTools) => R

export type PageReader<A, R> = {
  /** What the target's elements say. @throws Problem when the selector cannot be read */
  target(page: Page, target: OneTarget, arg: A): Promise<R>
  document(page: Page, arg: A): Promise<R>
  locator(locator: Locator, arg: A): Promise<R>
}

/** A function that Playwright sends as `text`. */
const asFunction = <F extends (...args: unknown[]) => unknown>(text: string): F => Object.assign((): unknown => undefined, { toString: () => text }) as F

export function pageReader<A, R>(read: Read<A, R>): PageReader<A, R> {
  // TypeScript's loader names inner functions through a helper that the page does not have. A result is taken across as one string, in a third
  // of the time; piece by piece only where a page has changed how JSON is written (old Prototype.js).
  const inPage = `const __name = (named) => named
    const tools = (${pageTools.toString()})()
    const answer = (elements, arg) => {
      const result = (${read.toString()})(elements, arg, tools)
      return [Array, String, Object].some(({ prototype }) => prototype.toJSON) ? { result } : JSON.stringify({ result })
    }`
  const native = asFunction<(given: unknown) => unknown>(`({ query, arg }) => {
    ${inPage}
    const elements = query === null ? [document] : tools.find(document, query)
    return elements === null ? null : answer(elements, arg)
  }`)
  const engine = asFunction<(elements: unknown, arg: unknown) => unknown>(`(elements, arg) => {
    ${inPage}
    return answer(elements, arg)
  }`)
  const unpack = (answer: unknown): R => ((typeof answer === 'string' ? JSON.parse(answer) : answer) as { result: R }).result
  const byBrowser = (page: Page, query: NativeQuery | null, arg: A) => page.evaluate(native, { query, arg } as unknown)
  const byEngine = async (locator: Locator, arg: A) => unpack(await locator.evaluateAll(engine, arg))
  return {
    async target(page, target, arg) {
      const query = nativeQuery(target)
      const answer = query && (await byBrowser(page, query, arg))
      if (answer !== null) return unpack(answer)
      return byEngine(toLocator(page, target), arg).catch((error: unknown) => {
        throw isNavigationRace(error) ? error : stepProblem(error, { config: { target }, page })
      })
    },
    document: async (page, arg) => unpack(await byBrowser(page, null, arg)),
    locator: byEngine,
  }
}
