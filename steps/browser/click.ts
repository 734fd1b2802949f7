import type { Page } from 'playwright-core'
import { z } from 'zod'
import { locate } from '../lib/locate.ts'
import { defineStep, done } from '../lib/step.ts'
import { targetSchema } from '../lib/target.ts'

const CLOSE_MS = 1_000

/** A window that closes itself when it is clicked may be gone before Playwright hears that the click was done. Without another to go on in, it is a failure. */
const hasClosedItself = async (page: Page, error: unknown): Promise<boolean> => {
  if (!(error instanceof Error) || !error.message.includes('performing click action') || !error.message.includes('has been closed')) return false
  // Told of a moment later, perhaps.
  if (!page.isClosed()) await page.waitForEvent('close', { timeout: CLOSE_MS }).catch(() => undefined)
  return page.isClosed() && page.context().browser()?.isConnected() !== false && page.context().pages().length > 0
}

export default defineStep({
  summary: 'Click the element that a target points at.',
  config: z.strictObject({
    target: targetSchema,
    button: z.enum(['left', 'right', 'middle']).optional().meta({ description: 'The mouse button; left unless said otherwise.' }),
    count: z.int().min(1).max(3).optional().meta({ description: '2 for a double click.' }),
    modifiers: z.array(z.enum(['Alt', 'Control', 'ControlOrMeta', 'Meta', 'Shift'])).optional().meta({ description: 'Keys held down during the click.' }),
    expectNewPage: z.boolean().optional().meta({ description: 'The click opens a tab or window; the steps after it work there.' }),
  }),
  async run(context, { target, button, count, modifiers, expectNewPage }) {
    const { signal, remainingMs, matchedTarget } = context
    const page = await context.page()
    const found = await locate(page, target, { signal, timeoutMs: remainingMs(), matchedTarget })
    const click = async () => {
      try {
        await found.click({ button, clickCount: count, modifiers, signal, timeout: remainingMs() })
      } catch (error) {
        if (!(await hasClosedItself(page, error))) throw error
      }
    }
    if (!expectNewPage) {
      await click()
      return done({ url: page.url() })
    }
    const [opened] = await Promise.all([page.context().waitForEvent('page', { signal, timeout: remainingMs() }), click()])
    await opened.waitForLoadState('domcontentloaded', { signal, timeout: remainingMs() })
    context.switchTo(opened)
    return done({ url: opened.url() })
  },
})
