import axe, { type AxeResults } from 'axe-core'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { fileURLToPath } from 'node:url'
import { takeLock } from '../../scripts/setup-lock.mjs'
import { buildWeb, isWebCurrent } from '../../scripts/web-build.mjs'

/**
 * Somebody who uses the dashboard in a real Chromium. By vitest and playwright-core and not @playwright/test: that is the same engine, and all
 * tests have one runner, one report and one Chromium, the system's.
 */
export type Visitor = AsyncDisposable & {
  page: Page
  /** What should not happen on any page: calls to elsewhere, errors in the console, scripts that break, what the policy refused. */
  faults: string[]
  /** No violation of what axe checks, in dark, and in light of its rules for colours. */
  expectAccessible(): Promise<void>
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** `npm test` builds it; who runs one file by hand need not think of it. */
export const buildDashboard = async (): Promise<void> => {
  if (isWebCurrent(root)) return
  const release = await takeLock(root, () => undefined)
  try {
    if (!isWebCurrent(root)) await buildWeb(root)
  } finally {
    release()
  }
}

/** Of what axe looks at, all that another colour scheme can change. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block']

/** `expect.poll` with the time that a busy machine takes. */
// oxlint-disable-next-line vitest/require-awaited-expect-poll -- whoever calls it waits
export const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 20_000 })

const violationsOf = ({ violations }: AxeResults): string[] => violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary ?? ''}`))

/** Contexts in which nothing is left but the cache, as with people who come again: to load and compile the dashboard anew took most of a test. */
const kept = new WeakMap<Browser, Map<string, BrowserContext>>()
const keptBy = (browser: Browser): Map<string, BrowserContext> => {
  const contexts = kept.get(browser) ?? new Map<string, BrowserContext>()
  kept.set(browser, contexts)
  return contexts
}

/** Closes what is open, and forgets who was there. */
const leave = async (context: BrowserContext, origin: string): Promise<void> => {
  const last = await context.newPage()
  const session = await context.newCDPSession(last)
  for (const page of context.pages()) if (page !== last) await page.close()
  await Promise.all([context.clearCookies(), context.clearPermissions(), session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })])
  await last.close()
}

/** Answers that a test provokes are not faults: `expected` says which, by status and address. */
export const visit = async (browser: Browser, url: string, options: BrowserContextOptions & { expected?: RegExp } = {}): Promise<Visitor> => {
  const { expected, ...contextOptions } = options
  const key = JSON.stringify(contextOptions)
  const contexts = keptBy(browser)
  const context = contexts.get(key) ?? (await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...contextOptions }))
  contexts.delete(key)
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const faults: string[] = []
  const found = (fault: string): void => void (expected?.test(fault) || faults.push(fault))
  const { origin } = new URL(url)
  page.on('request', (request) => void (/^(?:data|blob):/.test(request.url()) || new URL(request.url()).origin === origin || found(`request: ${request.url()}`)))
  page.on('console', (message) => void (message.type() === 'error' && found(`console: ${message.text()} ${message.location().url}`)))
  page.on('pageerror', (error) => found(`error: ${error.message}`))
  await page.goto(url)
  const check = async (colorScheme: 'light' | 'dark', rules?: string[]): Promise<string[]> => {
    await page.emulateMedia({ colorScheme })
    await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
    const results = await page.evaluate((runOnly) => (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'], ...(runOnly && { runOnly }) }), rules)
    return violationsOf(results).map((violation) => `${colorScheme}: ${violation}`)
  }
  return {
    page,
    faults,
    expectAccessible: async () => {
      expect([...(await check('dark')), ...(await check('light', COLOUR_RULES))]).toEqual([])
    },
    [Symbol.asyncDispose]: async () => {
      await leave(context, origin)
      if (contexts.has(key)) await context.close()
      else contexts.set(key, context)
    },
  }
}
