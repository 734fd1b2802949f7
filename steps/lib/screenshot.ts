import type { Locator, Page } from 'playwright-core'
import { within } from './within.ts'

/** A field whose text must not be seen: a selector as Playwright takes it, and the frames that lead there. */
export type Mask = { selector: string; frames: string[] }

export function toMaskLocator(page: Page, { selector, frames }: Mask): Locator {
  const [outermost, ...inner] = frames
  if (outermost === undefined) return page.locator(selector)
  return inner.reduce((frame, next) => frame.frameLocator(next), page.frameLocator(outermost)).locator(selector)
}

type Options = {
  /** What to show; the visible part of the page unless said otherwise. */
  locator?: Locator | undefined
  fullPage?: boolean | undefined
  type?: 'png' | 'jpeg' | undefined
  /** Painted over, where they are on the page. */
  masks: readonly Mask[]
  signal: AbortSignal
  timeoutMs: number
}

/** Those that are on the page. A mask that paints nothing still costs Playwright its engine in every world of every frame. */
async function present(page: Page, masks: readonly Mask[]): Promise<Locator[]> {
  const locators = masks.map((field) => toMaskLocator(page, field))
  // What cannot be looked at is masked.
  const counts = await Promise.all(locators.map((locator) => locator.count().catch(() => 1)))
  return locators.filter((_, index) => counts[index] !== 0)
}

export async function takeScreenshot(page: Page, { locator, fullPage, type, masks, signal, timeoutMs }: Options): Promise<Buffer> {
  const mask = masks.length === 0 ? [] : await within(present(page, masks), { signal, timeoutMs }, () => masks.map((field) => toMaskLocator(page, field)))
  const options = { type, ...(mask.length > 0 && { mask }), maskColor: '#888', signal, timeout: timeoutMs, ...(type === 'jpeg' ? { quality: 80 } : {}) }
  return locator ? locator.screenshot(options) : page.screenshot({ ...options, fullPage })
}
