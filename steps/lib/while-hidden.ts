import type { Page } from 'playwright-core'
import { toMaskLocator, type Mask } from './screenshot.ts'

/** Does `work` while the text in these fields cannot be seen: a print, other than a screenshot, has no masks of its own. */
export async function whileHidden<T>(page: Page, masks: readonly Mask[], work: () => Promise<T>): Promise<T> {
  const each = (hide: boolean) =>
    Promise.all(
      masks.map((mask) =>
        toMaskLocator(page, mask).evaluateAll((elements, hidden) => {
          for (const element of elements) {
            if (hidden) {
              element.dataset.errandStyle = element.getAttribute('style') ?? ''
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
