import type { Page } from 'playwright-core'
import { problem } from '../../runner/model/problem.ts'
import type { Limits } from './within.ts'

/** The whole address. @throws Problem `step_failed` when there can be no file behind it */
export function fileAddress(url: string, pageUrl: string): string {
  const base = URL.canParse(pageUrl) ? pageUrl : undefined
  if (!URL.canParse(url, base)) throw problem('step_failed', `${JSON.stringify(url)} is not an address.`, { retryable: false })
  const { href, protocol } = new URL(url, base)
  if (!['http:', 'https:', 'data:', 'blob:'].includes(protocol)) throw problem('step_failed', `Files come from http:, https:, data: and blob: addresses, not from ${protocol}`, { retryable: false })
  return href
}

/** Begins to go where a file is. That this ends in an error is as it should be: no page comes. Whoever catches the file knows what came instead. */
export function goToFile(tab: Page, url: string, { from, signal, timeoutMs }: Limits & { from: string }): void {
  // Some portals give files only to their own pages.
  const isOwn = URL.canParse(from) && new URL(from).origin === new URL(url).origin
  tab.goto(url, { signal, timeout: timeoutMs, ...(isOwn ? { referer: from } : {}) }).catch(() => undefined)
}
