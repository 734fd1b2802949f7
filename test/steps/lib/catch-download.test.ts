import type { ServerResponse } from 'node:http'
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

test.each(['cancelled', 'late'])('after one that was %s while its server does not answer, the next on the same page gets its file, in a new tab too', async (how) => {
  await using pages = await startPages()
  const file = (_request: unknown, response: ServerResponse) => void response.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF-1.4')
  let asked: () => void
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve
  })
  pages.serve({ '/': '<a id="never" href="/never" target="_blank">Never</a><a id="file" href="/a.pdf">Here</a><a id="tab" href="/b.pdf" target="_blank">There</a>', '/never': () => asked(), '/a.pdf': file, '/b.pdf': file })
  await using context = await (await sharedChromium('full')).newContext()
  const page = await context.newPage()
  await page.goto(pages.origin)
  const abort = new AbortController()
  const limits = { signal: abort.signal, timeoutMs: 60_000 }
  const givenUp = async () => {
    await using catcher = await catchDownload(page, { ...limits, warn: expect.fail })
    await page.click('#never')
    await isAsked
    if (how === 'cancelled') abort.abort('cancel')
    await catcher.file(how === 'late' ? { ...limits, timeoutMs: 1 } : limits)
  }
  await expect(givenUp()).rejects.toMatchObject(how === 'late' ? { code: 'step_timeout' } : { name: 'AbortError' })
  await expect.poll(() => context.pages().length).toBe(1)
  const again = { signal: new AbortController().signal, timeoutMs: 30_000 }
  for (const [link, name] of [['#file', 'a.pdf'], ['#tab', 'b.pdf']] as const) {
    await using catcher = await catchDownload(page, { ...again, warn: expect.fail })
    await page.click(link)
    expect(await catcher.file(again)).toMatchObject({ name, mimeType: 'application/pdf' })
  }
})
