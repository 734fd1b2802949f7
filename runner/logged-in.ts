import type { Page } from 'playwright-core'
import { z } from 'zod'
import { withoutCredentials } from '../steps/lib/call-log.ts'
import { toLocator } from '../steps/lib/locate.ts'
import { lookUntil } from '../steps/lib/look-until.ts'
import { targetSchema, type Target } from '../steps/lib/target.ts'
import { matchesUrl, urlPattern } from '../steps/lib/url-pattern.ts'
import { webAddress } from '../steps/lib/web-address.ts'
import { problem } from './model/problem.ts'

/** `settings.loggedIn` of a workflow, in the words of steps; `runner/model/workflow.ts` knows its outline only. */
export const loggedInSchema = z.strictObject({
  open: webAddress.max(2000),
  target: targetSchema.optional(),
  url: urlPattern.optional(),
  loggedOut: targetSchema.optional(),
  timeoutMs: z.int().min(1).max(300_000).default(10_000),
})

type LoggedIn = z.output<typeof loggedInSchema>

/** What a portal answers that wants a login. */
const REFUSALS = new Set([401, 403])

const shows = async (page: Page, target: Target): Promise<boolean> => {
  const found = await Promise.all([target].flat().map((one) => toLocator(page, one).filter({ visible: true }).first().isVisible()))
  return found.includes(true)
}

/**
 * Opens the check's address and looks whether the portal takes the visitor for somebody who is logged in.
 * @throws Problem `step_failed` when the portal does not answer, or answers with a fault: that says nothing of the login
 */
export const isLoggedIn = async (page: Page, { open, target, url, loggedOut, timeoutMs }: LoggedIn, signal: AbortSignal): Promise<boolean> => {
  const response = await page.goto(open, { waitUntil: url === undefined ? 'domcontentloaded' : 'load', signal }).catch((error: unknown) => {
    if (signal.aborted) throw error
    throw problem('step_failed', `${withoutCredentials(open)}, which shows whether the session is logged in, could not be opened.`, { cause: error })
  })
  const status = response?.status() ?? 200
  if (REFUSALS.has(status)) return false
  if (status >= 400) throw problem('step_failed', `${withoutCredentials(open)}, which shows whether the session is logged in, answered ${status}.`, { retryable: status >= 500 || status === 429 })
  const look = async () => ({
    out: loggedOut !== undefined && (await shows(page, loggedOut)),
    in: target === undefined ? matchesUrl(url ?? '**', page.url()) : await shows(page, target),
  })
  const seen = await lookUntil(look, (now) => now.in || now.out, { signal, timeoutMs })
  return seen !== undefined && seen.in && !seen.out
}
