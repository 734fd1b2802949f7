import type { Locator, Page } from 'playwright-core'
import { findText, wholeOf } from './find-text.ts'
import { within } from './within.ts'

/** A field whose text must not be seen: a selector as Playwright takes it, and the frames that lead there. */
export type FieldMask = { selector: string; frames: string[] }
/** Or whatever shows such a text, in any frame. */
export type Mask = FieldMask | { text: RegExp }

function toField(page: Page, { selector, frames }: FieldMask): Locator {
  const [outermost, ...inner] = frames
  if (outermost === undefined) return page.locator(selector)
  return inner.reduce((frame, next) => frame.frameLocator(next), page.frameLocator(outermost)).locator(selector)
}

/** Where masks are on the page. One that paints nothing still costs Playwright its engine in every world of every frame. What cannot be looked at is masked. */
export async function findMasked(page: Page, masks: readonly Mask[]): Promise<Locator[]> {
  const found = masks.flatMap((mask) =>
    'text' in mask
      ? page.frames().map((frame) => findText(frame, mask.text).catch(() => (frame.isDetached() ? [] : [wholeOf(frame)])))
      : [toField(page, mask)].map(async (field) => ((await field.count().catch(() => 1)) === 0 ? [] : [field])),
  )
  return (await Promise.all(found)).flat()
}

const everywhere = (page: Page, masks: readonly Mask[]): Locator[] => masks.flatMap((mask) => ('text' in mask ? page.frames().map(wholeOf) : [toField(page, mask)]))

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

export async function takeScreenshot(page: Page, { locator, fullPage, type, masks, signal, timeoutMs }: Options): Promise<Buffer> {
  const mask = masks.length === 0 ? [] : await within(findMasked(page, masks), { signal, timeoutMs }, () => everywhere(page, masks))
  const options = { type, ...(mask.length > 0 && { mask }), maskColor: '#888', signal, timeout: timeoutMs, ...(type === 'jpeg' ? { quality: 80 } : {}) }
  return locator ? locator.screenshot(options) : page.screenshot({ ...options, fullPage })
}
