import { errors, type Page } from 'playwright-core'
import { z } from 'zod'
import { problem } from '../../runner/model/problem.ts'
import { withoutCredentials } from '../lib/call-log.ts'
import { defineStep, done } from '../lib/step.ts'
import { webAddress } from '../lib/web-address.ts'
import { pageBusy, within } from '../lib/within.ts'

/** Worth another attempt: the server is overloaded, restarting, or asks to come back. */
const isPassing = (status: number) => status >= 500 || status === 429 || status === 408

/**
 * After a navigation that timed out before its answer came, Chromium refuses every later one to the same URL, until it is told to stop. Going
 * to a blank page cures that too, but leaves nothing for the screenshot to show.
 */
async function stopLoading(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Page.stopLoading')
  await session.detach()
}

/** What stands behind Chromium's bare "aborted". */
async function whyAborted(page: Page, url: string) {
  const answer = (await page.requests()).findLast((request) => request.isNavigationRequest() && request.frame() === page.mainFrame())?.existingResponse()
  const status = answer?.status()
  if (status === 204 || status === 205) return problem('step_failed', `${url} answered ${status}, which has no page to show.`, { retryable: false })
  return problem('step_failed', `The navigation to ${url} was given up before the page came, by the page itself or by another navigation.`, { retryable: true })
}

/** Chromium shows its own page a moment after the fault is told, and that would interrupt whatever navigation comes next. */
async function errorPage(page: Page, signal: AbortSignal): Promise<void> {
  await page.waitForURL('chrome-error://chromewebdata/', { waitUntil: 'commit', timeout: 1000, signal }).catch(() => undefined)
}

export default defineStep({
  summary: 'Open a web address.',
  config: z.strictObject({
    url: webAddress,
    waitUntil: z
      .enum(['load', 'domcontentloaded', 'networkidle', 'commit'])
      .optional()
      .meta({ description: 'How far the page must be; load unless said otherwise.' }),
    acceptStatus: z
      .union([z.literal('any'), z.array(z.int().min(100).max(599)).min(1)], { error: 'must be "any" or a list of status codes' })
      .optional()
      .meta({ description: 'Answers of 400 and above that do not fail the step.' }),
  }),
  async run(context, { url, waitUntil, acceptStatus }) {
    const { signal, remainingMs } = context
    const shown = withoutCredentials(url)
    const page = await context.page()
    const response = await page.goto(url, { waitUntil, signal, timeout: remainingMs() }).catch(async (error: Error) => {
      if (error instanceof errors.TimeoutError) await within(stopLoading(page), { signal, timeoutMs: 1000 }, () => undefined)
      if (error.message.includes('net::ERR_ABORTED')) throw await whyAborted(page, shown)
      if (error.message.includes('net::ERR_')) await errorPage(page, signal)
      if (!error.message.includes('Download is starting')) throw error
      throw problem('step_failed', `${shown} is a file and not a page; fetch it with DOWNLOAD.`, { retryable: false })
    })
    const status = response?.status() ?? null
    if (status !== null && status >= 400 && acceptStatus !== 'any' && !acceptStatus?.includes(status)) {
      const answer = `${status} ${response?.statusText() ?? ''}`.trimEnd()
      throw problem('step_failed', `${shown} answered ${answer}.`, { details: { status }, retryable: isPassing(status) })
    }
    const title = await within(page.title(), { signal, timeoutMs: remainingMs() }, () => {
      throw pageBusy(`${shown} was opened, but a script keeps the page busy.`)
    })
    return done({ url: page.url(), title, status })
  },
})
