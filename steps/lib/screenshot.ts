import type { Locator, Page } from 'playwright-core'

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

export function takeScreenshot(page: Page, { locator, fullPage, type, masks, signal, timeoutMs }: Options): Promise<Buffer> {
  // Without masks Playwright need not look at the page at all.
  const mask = masks.length === 0 ? undefined : masks.map((field) => toMaskLocator(page, field))
  const options = { type, mask, maskColor: '#888', signal, timeout: timeoutMs, ...(type === 'jpeg' ? { quality: 80 } : {}) }
  return locator ? locator.screenshot(options) : page.screenshot({ ...options, fullPage })
}
