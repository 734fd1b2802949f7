import type { Frame, Page } from 'playwright-core'
import type { BrowserState } from './browser-state.ts'

const originOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).origin : null)

/** Puts session storage into a tab, of each origin when the tab first gets there: later it is the page's own affair what it holds. */
export const seedSessionStorage = async (page: Page, stored: BrowserState['sessionStorage']): Promise<void> => {
  for (const [origin, items] of Object.entries(stored)) {
    if (Object.keys(items).length === 0) continue
    const script = await page.addInitScript(
      ([where, all]: [string, Record<string, string>]) => {
        if (where === location.origin && sessionStorage.length === 0) for (const [key, value] of Object.entries(all)) sessionStorage.setItem(key, value)
      },
      [origin, items] as [string, Record<string, string>],
    )
    const onNavigated = (frame: Frame): void => {
      if (frame !== page.mainFrame() || originOf(frame.url()) !== origin) return
      page.off('framenavigated', onNavigated)
      // The page may have gone by then.
      script.dispose().catch(() => undefined)
    }
    page.on('framenavigated', onNavigated)
  }
}
