import { takeScreenshot, type Mask } from '../steps/lib/screenshot.ts'
import type { Advance } from './advance.ts'
import type { RunBrowser } from './run-browser.ts'
import type { RunMemory } from './run-memory.ts'

/** What a picture that is kept must not show. */
export const masksOf = (browser: RunBrowser, { redactor }: RunMemory['secrets']): Mask[] => [...browser.masks, ...(redactor.pattern ? [{ text: redactor.pattern }] : [])]

/** A page that hangs does not get longer than this to be photographed. */
const SCREENSHOT_MS = 5_000

/**
 * What the page shows now, as an artifact, typed secrets masked. It is a help, never a cause of failure: a page that cannot be photographed
 * leaves none.
 * @returns the artifact's id, or null when there is no page, it does not answer, or the workflow wants no screenshots
 */
export const failureScreenshot = async (run: Advance, tab: string, activityId: string, name: string): Promise<string | null> => {
  const browser = run.browser()
  const page = browser.current(tab)
  if (!page || browser.isDead() || run.memory.definition.settings?.screenshots === 'off' || run.signal.aborted) return null
  try {
    const from = await takeScreenshot(page, { masks: masksOf(browser, run.memory.secrets), timeoutMs: SCREENSHOT_MS, signal: run.signal })
    const artifact = await run.host.saveArtifact(activityId, { type: 'screenshot', name, mimeType: 'image/png', from })
    return artifact.id
  } catch {
    return null
  }
}
