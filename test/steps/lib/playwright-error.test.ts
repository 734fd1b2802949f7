import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { problem } from '../../../runner/model/problem.ts'
import { stepProblem } from '../../../steps/lib/playwright-error.ts'
import { launchChromium, sharedChromium } from '../../chromium.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedChromium()
})

const thrownBy = (work: Promise<unknown>) => work.then(() => expect.fail('nothing was thrown'), (error: unknown) => error)

/** Crashes or closes things while an action waits on a page. */
async function during(disturb: (page: Page) => Promise<unknown>, page: Page) {
  const error = thrownBy(page.locator('#none').click({ timeout: 10_000 }))
  // A page that has crashed answers nothing any more, not even the order to crash.
  disturb(page).catch(() => undefined)
  return stepProblem(await error, { config: { target: '#none' }, page })
}

describe('what Playwright throws', () => {
  test('a page that crashes is a crash', async () => {
    const context = await browser.newContext()
    const session = async (page: Page) => (await context.newCDPSession(page)).send('Page.crash')
    expect(await during(session, await context.newPage())).toMatchObject({ code: 'browser_crashed', message: 'The page crashed.' })
    await context.close()
  })

  test('a page that is closed is worth another attempt', async () => {
    const page = await browser.newPage()
    expect(await during((own) => own.close(), page)).toMatchObject({ code: 'step_failed', retryable: true, message: expect.stringMatching(/The page was closed/) })
  })

  test('a browser that ends is a crash', async () => {
    const other = await launchChromium()
    const page = await other.newPage()
    expect(await during(async () => (await other.newBrowserCDPSession()).send('Browser.crash'), page)).toMatchObject({ code: 'browser_crashed', message: expect.stringMatching(/The browser ended/) })
  })

  test('details hold target, URL and the telling lines of the log, without colours', async () => {
    const page = await browser.newPage()
    await page.goto('data:text/html,<button disabled>Go</button>')
    const error = await thrownBy(page.locator('button').click({ timeout: 300 }))
    expect(stepProblem(error, { config: { target: 'button' }, page }).details).toEqual({
      target: 'selector button',
      url: 'data:text/html,<button disabled>Go</button>',
      log: ['found <button disabled>Go</button>', 'element is not enabled'],
    })
    await page.close()
  })
})

describe('anything else', () => {
  const nowhere = { config: {}, page: null }

  test('a problem keeps its code, message and retryability', () => {
    const thrown = problem('step_failed', 'No.', { details: { status: 404 }, retryable: false })
    expect(stepProblem(thrown, { config: { target: { text: 'A' } }, page: null })).toMatchObject({ code: 'step_failed', message: 'No.', retryable: false, details: { status: 404, target: 'text "A"' } })
  })
  test('an aborted action is thrown on, for the runner to name the reason', () => {
    const aborted = new DOMException('cancel', 'AbortError')
    expect(() => stepProblem(aborted, nowhere)).toThrow(aborted)
  })
  test('a bug stays internal, and its text is not shown', () => {
    expect(stepProblem(new TypeError('x is not a function'), nowhere)).toMatchObject({ code: 'internal', message: 'Internal error.' })
    expect(stepProblem('thrown text', nowhere)).toMatchObject({ code: 'internal' })
  })
})
