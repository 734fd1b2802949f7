import type { Page } from 'playwright-core'
import { z } from 'zod'
import { problem } from '../../runner/model/problem.ts'
import { toLocator } from '../lib/locate.ts'
import { lookUntil } from '../lib/look-until.ts'
import { oneOf } from '../lib/one-of.ts'
import { scriptProblem, toJson, triedScript, type Tried } from '../lib/page-script.ts'
import { defineStep, done, type StepContext } from '../lib/step.ts'
import { describeTarget, targetSchema, type Target } from '../lib/target.ts'
import { matchesUrl, urlPattern } from '../lib/url-pattern.ts'
import { pageBusy } from '../lib/within.ts'

const OF_A_TARGET = ['text', 'visible', 'count', 'value'] as const

const config = z
  .strictObject({
    target: targetSchema.optional(),
    text: z.string().optional().meta({ description: 'Text that the element contains; runs of spaces count as one.' }),
    visible: z.boolean().optional(),
    count: z.int().min(0).optional().meta({ description: 'How many elements match the target.' }),
    value: z.string().optional().meta({ description: 'What stands in the field.' }),
    url: urlPattern.optional(),
    expression: z.string().min(1).optional().meta({ description: 'JavaScript that must be true in the page.' }),
  })
  .superRefine(oneOf('target', 'url', 'expression'))
  .superRefine((given, context) => {
    const fault = (message: string, ...path: string[]) => context.addIssue({ code: 'custom', path, message })
    const checks = OF_A_TARGET.filter((name) => given[name] !== undefined)
    if (given.target !== undefined && checks.length === 0) fault('Give text, visible, count or value: what is to be so of the target.')
    if (given.target === undefined) for (const name of checks) fault(`${name} needs a target.`, name)
  })
type Expected = Pick<z.output<typeof config>, (typeof OF_A_TARGET)[number]>

/** What is not as it should be, in words; '' when all is well. */
type Look = () => Promise<string>
type Show = (text: string) => string

const oneSpaced = (text: string) => text.replaceAll(/\s+/g, ' ').trim()

/** Of alternatives, the first that is on the page is looked at. */
function lookAtTarget(page: Page, target: Target, { text, visible, count, value }: Expected, matchedTarget: (index: number) => void, show: Show): Look {
  const named = describeTarget(target)
  const locators = [target].flat().map((one) => toLocator(page, one))
  return async () => {
    const counts = await Promise.all(locators.map((locator) => locator.count()))
    const index = Math.max(0, counts.findIndex((number) => number > 0))
    if (Array.isArray(target) && counts[index]) matchedTarget(index)
    const found = counts[index] ?? 0
    const locator = locators[index]
    if (count !== undefined && found !== count) return `${named} matches ${found} elements, not ${count}`
    if (visible !== undefined) {
      const shown = (await locator?.filter({ visible: true }).count()) ?? 0
      if (visible !== shown > 0) return `${named} is ${visible ? (found === 0 ? 'not on the page' : 'not visible') : 'visible'}`
    }
    if (text === undefined && value === undefined) return ''
    if (found !== 1) return found === 0 ? `${named} is not on the page` : `${named} matches ${found} elements, where text and value need one`
    const facts = await locator?.evaluateAll((elements) =>
      elements.map((element) => ({
        text: element instanceof HTMLElement ? element.innerText : (element.textContent ?? ''),
        value: 'value' in element ? String(element.value) : null,
      })),
    )
    const [fact] = facts ?? []
    if (!fact) return `${named} is not on the page`
    if (text !== undefined && !oneSpaced(fact.text).includes(oneSpaced(text))) return `${named} shows ${show(oneSpaced(fact.text))}, not ${show(text)}`
    if (value !== undefined && fact.value !== value) return `${named} holds ${fact.value === null ? 'no value' : show(fact.value)}, not ${show(value)}`
    return ''
  }
}

function lookAtExpression(page: Page, expression: string, show: Show): Look {
  return async () => {
    const { value, thrown } = await page.evaluate<Tried>(triedScript(expression)).catch(scriptProblem)
    if (thrown !== undefined) return `the expression threw ${show(thrown)}`
    return value ? '' : `the expression gave ${show(JSON.stringify(toJson(value)))}`
  }
}

/** A long text says no more than its beginning, and a secret must not be said at all. */
const showing =
  ({ isSecret }: StepContext): Show =>
  (text) =>
    isSecret(text) ? '[redacted]' : JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)

export default defineStep({
  summary: 'Check that something is so on the page, waiting for it; else the step fails.',
  config,
  async run(context, { target, url, expression, ...expected }) {
    const { signal, remainingMs, matchedTarget, timeoutMs } = context
    const page = await context.page()
    const look: Look =
      target !== undefined
        ? lookAtTarget(page, target, expected, matchedTarget, showing(context))
        : url !== undefined
          ? async () => (matchesUrl(url, page.url()) ? '' : `the address is ${page.url()}, not ${url}`)
          : lookAtExpression(page, expression ?? '', showing(context))
    const wrong = await lookUntil(look, (fault) => fault === '', { signal, timeoutMs: remainingMs() })
    const after = `${timeoutMs} ms on ${page.url()}`
    if (wrong === undefined) throw pageBusy(`The page could not be looked at within ${after}: a script keeps it busy.`)
    if (wrong !== '') throw problem('step_failed', `The assertion failed: ${wrong}, after ${after}.`, { retryable: true })
    return done()
  },
})
