import type { Page } from 'playwright-core'
import { findMasked, type Mask } from './screenshot.ts'

/** Does `work` while these texts cannot be seen: a print, other than a screenshot, has no masks of its own. */
export async function whileHidden<T>(page: Page, masks: readonly Mask[], work: () => Promise<T>): Promise<T> {
  const masked = await findMasked(page, masks)
  const each = (hide: boolean) =>
    Promise.all(
      masked.map((locator) =>
        locator.evaluateAll((elements, hidden) => {
          for (const element of elements) {
            if (hidden) {
              element.dataset.errandStyle ??= element.getAttribute('style') ?? ''
              element.style.setProperty('visibility', 'hidden', 'important')
            } else {
              const { errandStyle } = element.dataset
              delete element.dataset.errandStyle
              if (errandStyle === '') element.removeAttribute('style')
              else if (errandStyle !== undefined) element.setAttribute('style', errandStyle)
            }
          }
        }, hide),
      ),
    )
  await each(true)
  try {
    return await work()
  } finally {
    await each(false)
  }
}
