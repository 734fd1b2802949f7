import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import type { z } from 'zod'
import { late } from '../runner/browser-state.ts'
import type { Problem, ProblemCode } from '../runner/model/problem.ts'
import { stepProblem } from '../steps/lib/playwright-error.ts'
import type { Step } from '../steps/lib/step.ts'
import { sharedChromium } from './chromium.ts'
import { fakeContext, type Given, type Left } from './step-context.ts'
import { startPages, type Pages, type Routes } from './step-pages.ts'

/**
 * A step's test is a table: what it does, what it refuses to do, what it does not accept. Each case runs in a real Chromium, in a context in
 * which nothing is left of others, on a page served from this machine. A config or an output that needs the address of the page is a function of it: `(origin: string) => …`.
 */

type Case = {
  /** The page at `/`, opened before the step runs. */
  html?: string
  /** More pages: `{'/next': '<h1>Next</h1>'}`, or a handler of the request. */
  routes?: Routes
  /** What to open first; '/' unless said otherwise. `null` leaves the page blank. */
  open?: string | null
  /** Where it is about what Chromium itself shows, its viewer of PDFs for one. */
  chromium?: 'full'
  /** Last touches before the step runs. */
  setup?(page: Page, pages: Pages): Promise<unknown>
  config: unknown
} & Given

type Succeeds = Case & {
  output?: unknown
  /** Text that the current page shows in the end. */
  page?: string
  /** Log lines in order, as `LEVEL message`. */
  logs?: RegExp[]
  /** The artifacts left, in order; each names what must be so. */
  artifacts?: Record<string, unknown>[]
  /** Which of a list of targets matched. */
  matched?: number
  /** Whatever else must be so. */
  after?(page: Page, left: Left): unknown
}

type Fails = Case & {
  code: ProblemCode
  message: RegExp
  retryable?: boolean
  /** Milliseconds; 500 when the step is expected to time out, else as long as a success may take. */
  timeoutMs?: number
  after?(page: Page, left: Left, problem: Problem): unknown
}

type Rejects = { config: unknown; path: string; message?: RegExp }

export type Table = { succeeds: Record<string, Succeeds>; fails?: Record<string, Fails>; rejects?: Record<string, Rejects> }

const SUCCESS_MS = 10_000
const FAILURE_MS = 500

export function testStep<C extends z.ZodType>(type: string, step: Step<C>, { succeeds, fails = {}, rejects = {} }: Table): void {
  describe(type, () => {
    let pages: Pages
    // What a case before had, when it is as good as new; a context of its own costs more than most cases do.
    const clean = new Map<Case['chromium'], Page>()
    beforeAll(async () => {
      pages = await startPages()
    })
    afterAll(async () => {
      for (const page of clean.values()) await page.context().close()
      await pages?.[Symbol.asyncDispose]()
    })

    /** The page of a case as the step finds it, closed again after `use`, whatever happened. */
    async function open(given: Case, use: (page: Page) => Promise<void>): Promise<void> {
      pages.serve({ ...given.routes, ...(given.html === undefined ? {} : { '/': given.html }) })
      const page = clean.get(given.chromium) ?? (await (await (await sharedChromium(given.chromium)).newContext()).newPage())
      clean.delete(given.chromium)
      page.context().setDefaultTimeout(30_000)
      let isUsable = given.setup === undefined
      // What is told of another tab, or of a file, may come late.
      const spoil = () => {
        isUsable = false
      }
      page.context().on('page', spoil).on('download', spoil)
      try {
        const path = given.open === undefined ? (given.html === undefined ? null : '/') : given.open
        if (path !== null) await page.goto(pages.origin + path)
        await given.setup?.(page, pages)
        await use(page)
        const isWiped = isUsable && (await wipe(page, pages.origin))
        isUsable &&= isWiped
      } catch (error) {
        isUsable = false
        throw error
      } finally {
        page.context().off('page', spoil).off('download', spoil)
        if (isUsable) clean.set(given.chromium, page)
        else await page.context().close()
      }
    }

    const withOrigin = (given: unknown): unknown => (typeof given === 'function' ? (given as (origin: string) => unknown)(pages.origin) : given)

    /** One attempt at the step on that page. */
    async function attempt(given: Case, page: Page, timeoutMs: number, signal = new AbortController().signal) {
      page.context().setDefaultTimeout(timeoutMs)
      const left = await fakeContext(page, signal, timeoutMs, given)
      const config = withOrigin(given.config)
      const run = async () => step.run(left.context, step.config.parse(config))
      return { left, config, run, [Symbol.asyncDispose]: () => left[Symbol.asyncDispose]() }
    }

    test('says in one sentence what it does', () => {
      expect(step.summary).toMatch(/^[A-Z].*\.$/s)
    })

    for (const [name, given] of Object.entries(succeeds))
      test(name, () =>
        open(given, async (page) => {
          await using tried = await attempt(given, page, SUCCESS_MS)
          const { left } = tried
          const result = await tried.run()
          expect(result).toMatchObject({ type: 'done' })
          if ('output' in given) expect(result).toEqual({ type: 'done', output: withOrigin(given.output) })
          if (given.page !== undefined) await expect.poll(() => left.page().locator('body').innerText()).toContain(given.page)
          if (given.matched !== undefined) expect(left.matched).toBe(given.matched)
          if (given.logs) expect(left.logs).toEqual(given.logs.map((line) => expect.stringMatching(line)))
          if (given.artifacts) expect(left.artifacts).toEqual(given.artifacts.map((artifact) => expect.objectContaining(artifact)))
          await given.after?.(left.page(), left)
        }),
      )

    for (const [name, given] of Object.entries(fails))
      test(`fails: ${name}`, () =>
        open(given, async (page) => {
          const timesOut = given.code === 'step_timeout'
          const timeoutMs = given.timeoutMs ?? (timesOut ? FAILURE_MS : SUCCESS_MS)
          // A machine too busy to look at the page in that time proves nothing: what fails for another reason then may try again for longer.
          if (!(await failsAsSaid(given, page, timeoutMs, timeoutMs >= SUCCESS_MS))) await failsAsSaid(given, page, 10 * timeoutMs, true)
          if (timesOut) await expectCancellable(given, page)
        }),
      )

    /** Whether the step failed as the case says; when `mustAgree`, anything else fails the test. */
    async function failsAsSaid(given: Fails, page: Page, timeoutMs: number, mustAgree: boolean): Promise<boolean> {
      await using tried = await attempt(given, page, timeoutMs)
      const { left, config } = tried
      const thrown: unknown = await tried.run().then(() => expect.fail('The step was expected to fail.'), (error: unknown) => error)
      const found = stepProblem(thrown, { config, page: left.page() })
      const shown = found.message + JSON.stringify(found.details ?? null)
      for (const secret of given.secrets ?? []) expect(shown).not.toContain(secret)
      if (!mustAgree && (found.code !== given.code || !given.message.test(found.message))) return false
      expect(found).toMatchObject({ name: 'Problem', code: given.code, message: expect.stringMatching(given.message) })
      if ('retryable' in given) expect(found.retryable).toBe(given.retryable)
      await given.after?.(left.page(), left, found)
      return true
    }

    /** What waits until it times out must also give up when the run is cancelled. */
    async function expectCancellable(given: Case, page: Page): Promise<void> {
      const abort = new AbortController()
      await using tried = await attempt(given, page, SUCCESS_MS, abort.signal)
      const started = performance.now()
      setTimeout(() => abort.abort('cancel'), 20)
      await expect(tried.run(), 'the step, cancelled').rejects.toMatchObject({ name: 'AbortError' })
      expect(performance.now() - started).toBeLessThan(SUCCESS_MS / 2)
    }

    for (const [name, { config, path, message = /./ }] of Object.entries(rejects))
      test(`does not accept ${name}`, () => {
        expect(faultsOf(step, config)).toContainEqual({ path, message: expect.stringMatching(message) })
      })
  })
}

const faultsOf = (step: Step, config: unknown) =>
  (step.config.safeParse(config).error?.issues ?? []).flatMap((issue) => {
    const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]
    return paths.map((path) => ({ path: path.join('.'), message: issue.message }))
  })

/** Takes back what a case did in its page. @returns whether nothing is left of it */
const wipe = async (page: Page, origin: string): Promise<boolean> => {
  const context = page.context()
  const isAlone = (): boolean => !page.isClosed() && context.pages().length === 1
  // A page that hangs is not waited for.
  if (!isAlone() || (await late(page.evaluate(() => location.origin === 'null' || sessionStorage.clear() === undefined), 300)) !== true) return false
  try {
    await page.mouse.move(0, 0)
    await page.goto('about:blank', { timeout: 2_000 })
    const session = await context.newCDPSession(page)
    await Promise.all([context.clearCookies(), session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' }), session.send('Page.resetNavigationHistory')])
    await session.detach()
    return isAlone()
  } catch {
    // A page that asks before it goes.
    return false
  }
}
