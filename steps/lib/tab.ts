import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'

const PATIENCE_MS = 1000

/** Closes a tab, but waits no longer than a moment: one that is told to close while it changes pages forgets it, and goes with its context. */
export async function closeTab(tab: Page): Promise<void> {
  await tab.waitForLoadState('domcontentloaded', { timeout: PATIENCE_MS }).catch(() => undefined)
  await Promise.race([tab.close().catch(() => undefined), sleep(PATIENCE_MS, undefined, { ref: false })])
}

/** A tab beside the page's, for something that must not touch the page. */
export async function openTab(page: Page): Promise<AsyncDisposable & { tab: Page }> {
  const tab = await page.context().newPage()
  return { tab, [Symbol.asyncDispose]: () => closeTab(tab) }
}
