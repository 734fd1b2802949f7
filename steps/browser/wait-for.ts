import type { Page } from 'playwright-core'
import { z } from 'zod'
import { problem } from '../../runner/model/problem.ts'
import { locate, toLocator } from '../lib/locate.ts'
import { lookUntil } from '../lib/look-until.ts'
import { oneOf } from '../lib/one-of.ts'
import { scriptProblem, toJson, triedScript, type Tried } from '../lib/page-script.ts'
import { timedOut } from '../lib/playwright-error.ts'
import { responsePattern, waitForResponse } from '../lib/response.ts'
import { defineStep, done, type StepContext, type StepResult } from '../lib/step.ts'
import { describeTarget, targetSchema, type Target } from '../lib/target.ts'
import { matchesUrl, urlPattern } from '../lib/url-pattern.ts'
import { pageBusy } from '../lib/within.ts'

type State = 'visible' | 'hidden' | 'attached' | 'detached'

/** Several elements may match: one that is there is enough, and none may be left. */
async function waitForTarget(context: StepContext, page: Page, target: Target, state: State): Promise<void> {
  const { signal, remainingMs, matchedTarget } = context
  if (state === 'visible' || state === 'attached') {
    const found = await locate(page, target, { signal, timeoutMs: remainingMs(), matchedTarget, state, multiple: true })
    await (state === 'visible' ? found.filter({ visible: true }) : found).first().waitFor({ state, signal, timeout: remainingMs() })
    return
  }
  const gone = [target].flat().map((one) => {
    const found = toLocator(page, one)
    return (state === 'hidden' ? found.filter({ visible: true }) : found).first().waitFor({ state, signal, timeout: remainingMs() })
  })
  await Promise.all(gone).catch(timedOut(`${describeTarget(target)} did not ${state === 'hidden' ? 'disappear' : 'leave the page'}`, context, page))
}

async function waitForExpression(context: StepContext, page: Page, expression: string): Promise<unknown> {
  const limits = { signal: context.signal, timeoutMs: context.remainingMs() }
  const last = await lookUntil(() => page.evaluate<Tried>(triedScript(expression)).catch(scriptProblem), ({ value }) => Boolean(value), limits)
  if (last?.value) return last.value
  const within = `within ${context.timeoutMs} ms on ${page.url()}`
  if (last === undefined) throw pageBusy(`The expression did not end ${within}.`)
  const instead = last.thrown === undefined ? `gave ${JSON.stringify(toJson(last.value))}` : `threw ${last.thrown}`
  throw problem('step_timeout', `The expression did not become true ${within}; it ${instead}.`)
}

const config = z
  .strictObject({
    target: targetSchema.optional(),
    state: z
      .enum(['visible', 'hidden', 'attached', 'detached'])
      .optional()
      .meta({ description: 'What the target is to become; visible unless said otherwise.' }),
    url: urlPattern.optional(),
    text: z.string().min(1).optional().meta({ description: 'Text that the page is to show.' }),
    response: responsePattern.optional(),
    loadState: z.enum(['load', 'domcontentloaded', 'networkidle']).optional(),
    failIf: targetSchema.optional().meta({ description: 'Fails at once, with its text, when this is shown first: what the portal says of a wrong code, for one.' }),
    expression: z.string().min(1).optional().meta({ description: 'JavaScript that is tried in the page until it is true.' }),
  })
  .superRefine(oneOf('target', 'url', 'text', 'response', 'loadState', 'expression'))
  .refine(({ target, state }) => state === undefined || target !== undefined, { path: ['state'], error: 'A state needs a target.' })

type Wanted = Omit<z.output<typeof config>, 'failIf'>

async function waitFor(context: StepContext, page: Page, { target, state = 'visible', url, text, response, loadState, expression }: Wanted): Promise<StepResult> {
  const { signal, remainingMs } = context
  const limits = { signal, timeout: remainingMs() }
  if (target !== undefined) {
    await waitForTarget(context, page, target, state)
    return done({ target: describeTarget(target), state })
  }
  if (url !== undefined) {
    const reached = page.waitForURL((address) => matchesUrl(url, address.href), { ...limits, waitUntil: 'commit' })
    await reached.catch(timedOut(`The address did not become ${url}`, context, page))
    return done({ url: page.url() })
  }
  if (text !== undefined) {
    const shown = page.getByText(text).filter({ visible: true }).first().waitFor(limits)
    await shown.catch(timedOut(`The text ${JSON.stringify(text)} did not appear`, context, page))
    return done({ text })
  }
  if (response !== undefined) return done(await waitForResponse(context, page, response))
  if (loadState !== undefined) {
    await page.waitForLoadState(loadState, limits).catch(timedOut(`The page did not reach ${loadState}`, context, page))
    return done({ loadState, url: page.url() })
  }
  return done({ value: toJson(await waitForExpression(context, page, expression ?? '')) })
}

/** Fails as soon as the page shows what it must not, in place of waiting on. @throws Problem `step_failed` with its text */
async function unless(context: StepContext, page: Page, failIf: Target, work: (context: StepContext) => Promise<StepResult>): Promise<StepResult> {
  const over = new AbortController()
  const watched = { ...context, signal: AbortSignal.any([context.signal, over.signal]) }
  const looks = [failIf].flat().map(async (one) => {
    const shown = toLocator(page, one).filter({ visible: true }).first()
    await shown.waitFor({ signal: watched.signal, timeout: context.remainingMs() })
    return shown
  })
  // That it never comes is as it should be.
  const refused = Promise.any(looks).then((shown) => ({ shown }), () => new Promise<never>(() => undefined))
  const working = work(watched)
  working.catch(() => undefined)
  try {
    const first = await Promise.race([refused, working])
    if (!('shown' in first)) return first
    const said = (await first.shown.innerText({ signal: context.signal, timeout: context.remainingMs() }).catch(() => '')).trim()
    throw problem('step_failed', `${describeTarget(failIf)} appeared first${said === '' ? '.' : `: ${said.slice(0, 500)}`}`, { retryable: false })
  } finally {
    over.abort()
  }
}

export default defineStep({
  summary: 'Wait until the page shows, loads or answers something.',
  config,
  async run(context, { failIf, ...awaited }) {
    const page = await context.page()
    return failIf === undefined ? waitFor(context, page, awaited) : unless(context, page, failIf, (watched) => waitFor(watched, page, awaited))
  },
})
