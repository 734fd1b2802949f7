import { expect, test } from 'vitest'
import { catchDownload } from '../../../steps/lib/catch-download.ts'
import { sharedChromium } from '../../chromium.ts'
import { startPages } from '../../step-pages.ts'

test('a download that is given up while it is being prepared leaves nothing behind: tabs that open later ask the portal', async () => {
  await using pages = await startPages()
  pages.serve({ '/': '<a href="/next" target="_blank">Go</a>', '/next': '<h1>Next</h1>' })
  await using context = await (await sharedChromium()).newContext()
  const page = await context.newPage()
  await page.goto(pages.origin)
  const abort = new AbortController()
  const catching = catchDownload(page, { signal: abort.signal, timeoutMs: 60_000, warn: expect.fail })
  abort.abort('cancel')
  await expect(catching).rejects.toMatchObject({ name: 'AbortError' })
  const [tab] = await Promise.all([context.waitForEvent('page'), page.click('a')])
  await tab.waitForLoadState()
  expect(await tab.locator('body').innerText()).toBe('Next')
})
