import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { z } from 'zod'
import type { Problem, ProblemCode } from '../runner/model/problem.ts'
import { stepProblem } from '../steps/lib/playwright-error.ts'
import type { Step } from '../steps/lib/step.ts'
import { launchChromium } from './chromium.ts'
import { fakeContext, type Given, type Left } from './step-context.ts'
import { startPages, type Pages, type Routes } from './step-pages.ts'

/**
 * A step's test is a table: what it does, what it refuses to do, what it does not accept. Each case runs in a real Chromium, in a context of
 * its own, on a page served from this machine. A config that needs the address of the page is a function of it.
 */

type Config = unknown | ((origin: string) => unknown)

type Case = {
  /** The page at `/`, opened before the step runs. */
  html?: string
  /** More pages: `{'/next': '<h1>Next</h1>'}`, or a handler of the request. */
  routes?: Routes
  /** What to open first; '/' unless said otherwise. `null` leaves the page blank. */
  open?: string | null
  /** Last touches before the step runs. */
  setup?(page: Page, pages: Pages): Promise<unknown>
  config: Config
} & Given

type Succeeds = Case & {
  output?: unknown | ((origin: string) => unknown)
  /** Text that the current page shows in the end. */
  page?: string
  /** Log lines in order, as `LEVEL message`. */
  logs?: RegExp[]
  /** The artifacts left, in order; each names what must be so. */
  artifacts?: Record<string, unknown>[]
  /** Which of a list of targets matched. */
  matched?: number
  /** Whatever else must be so. */
  after?(page: Page, left: Left): Promise<unknown> | unknown
}

type Fails = Case & {
  code: ProblemCode
  message: RegExp
  retryable?: boolean
  /** Milliseconds; 500 when the step is expected to time out, else as long as a success may take. */
  timeoutMs?: number
  after?(page: Page, left: Left, problem: Problem): Promise<unknown> | unknown
}

type Rejects = { config: unknown; path: string; message?: RegExp }

export type Table = { succeeds: Record<string, Succeeds>; fails?: Record<string, Fails>; rejects?: Record<string, Rejects> }

const SUCCESS_MS = 10_000
const FAILURE_MS = 500

type Opened = { context: BrowserContext; page: Page; origin: string; left: Left; run(): Promise<unknown>; problem(): Promise<Problem>; abort: AbortController }

export function testStep<C extends z.ZodType>(type: string, step: Step<C>, { succeeds, fails = {}, rejects = {} }: Table): void {
  describe(type, () => {
    let browser: Browser
    let pages: Pages
    beforeAll(async () => {
      ;[browser, pages] = await Promise.all([launchChromium(), startPages()])
    })
    afterAll(async () => {
      await browser?.close()
      await pages?.[Symbol.asyncDispose]()
    })

    /** Everything a case needs, closed again after `use`, whatever happened. */
    async function open(given: Case, timeoutMs: number, use: (opened: Opened) => Promise<void>): Promise<void> {
      pages.serve({ ...given.routes, ...(given.html === undefined ? {} : { '/': given.html }) })
      const context = await browser.newContext()
      context.setDefaultTimeout(timeoutMs)
      const abort = new AbortController()
      try {
        const page = await context.newPage()
        const path = given.open === undefined ? (given.html === undefined ? null : '/') : given.open
        if (path !== null) await page.goto(pages.origin + path)
        await given.setup?.(page, pages)
        await using left = await fakeContext(page, abort.signal, timeoutMs, given)
        const config: unknown = typeof given.config === 'function' ? given.config(pages.origin) : given.config
        const run = async () => step.run(left.context, step.config.parse(config))
        const problem = async () => stepProblem(await run().then(() => expect.fail('The step was expected to fail.'), (error: unknown) => error), { config, page: left.page() })
        await use({ context, page, origin: pages.origin, left, run, problem, abort })
      } finally {
        await context.close()
      }
    }

    test('says in one sentence what it does', () => {
      expect(step.summary).toMatch(/^[A-Z].*\.$/s)
    })

    for (const [name, given] of Object.entries(succeeds))
      test(name, () =>
        open(given, SUCCESS_MS, async ({ run, left, origin }) => {
          const result = await run()
          expect(result).toMatchObject({ type: 'done' })
          if ('output' in given) {
            const output: unknown = typeof given.output === 'function' ? given.output(origin) : given.output
            expect(result).toEqual({ type: 'done', output })
          }
          if (given.page !== undefined) await expect.poll(() => left.page().locator('body').innerText()).toContain(given.page)
          if (given.matched !== undefined) expect(left.matched).toBe(given.matched)
          if (given.logs) expect(left.logs).toEqual(given.logs.map((line) => expect.stringMatching(line)))
          if (given.artifacts) expect(left.artifacts).toEqual(given.artifacts.map((artifact) => expect.objectContaining(artifact)))
          await given.after?.(left.page(), left)
        }),
      )

    for (const [name, given] of Object.entries(fails)) {
      const timeoutMs = given.timeoutMs ?? (given.code === 'step_timeout' ? FAILURE_MS : SUCCESS_MS)
      test(`fails: ${name}`, () =>
        open(given, timeoutMs, async ({ problem, left }) => {
          const found = await problem()
          expect(found).toMatchObject({ name: 'Problem', code: given.code, message: expect.stringMatching(given.message) })
          if ('retryable' in given) expect(found.retryable).toBe(given.retryable)
          const shown = found.message + JSON.stringify(found.details ?? null)
          for (const secret of given.secrets ?? []) expect(shown).not.toContain(secret)
          await given.after?.(left.page(), left, found)
        }))
      // What waits until it times out must also give up when the run is cancelled.
      if (given.code === 'step_timeout')
        test(`is cancelled: ${name}`, () =>
          open(given, SUCCESS_MS, async ({ run, abort }) => {
            const started = performance.now()
            setTimeout(() => abort.abort('cancel'), 20)
            await expect(run()).rejects.toMatchObject({ name: 'AbortError' })
            expect(performance.now() - started).toBeLessThan(SUCCESS_MS / 2)
          }))
    }

    for (const [name, { config, path, message }] of Object.entries(rejects))
      test(`does not accept ${name}`, () => {
        const issues = step.config.safeParse(config).error?.issues ?? []
        const faults = issues.flatMap((issue) =>
          (issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]).map((at) => ({ path: at.join('.'), message: issue.message })),
        )
        expect(faults).toContainEqual({ path, message: message ? expect.stringMatching(message) : expect.any(String) })
      })
  })
}
