import type { Page, Response } from 'playwright-core'
import { z } from 'zod'
import { timedOut } from './playwright-error.ts'
import type { Json, StepContext } from './step.ts'
import { matchesUrl, urlPattern } from './url-pattern.ts'
import { within } from './within.ts'

export const responsePattern = z.strictObject({
  url: urlPattern,
  status: z.int().min(100).max(599).optional(),
  method: z
    .string()
    .regex(/^[A-Za-z]+$/, 'must be a method such as GET')
    .optional(),
})
type Pattern = z.output<typeof responsePattern>

/** How long before the step an answer may have come: the click that asks for it is the step before, and may well see it answered. */
const BEFORE_MS = 1000
const MAX_BODY_BYTES = 1_000_000

const matches = (response: Response, { url, status, method }: Pattern): boolean =>
  (status === undefined || response.status() === status) &&
  (method === undefined || response.request().method() === method.toUpperCase()) &&
  matchesUrl(url, response.url())

/** Text and JSON of a moderate size; what else came is DOWNLOAD's business. */
async function bodyOf(response: Response, { signal, remainingMs }: StepContext): Promise<{ body?: Json }> {
  const type = response.headers()['content-type'] ?? ''
  if (!/\bjson\b|^text\//.test(type)) return {}
  // A redirect has no body, and the browser forgets that of a page it has left.
  const bytes = await within(response.body().catch(() => undefined), { signal, timeoutMs: remainingMs() }, () => undefined)
  if (bytes === undefined || bytes.length > MAX_BODY_BYTES) return {}
  const text = bytes.toString('utf8')
  try {
    return { body: /\bjson\b/.test(type) ? (JSON.parse(text) as Json) : text }
  } catch {
    return { body: text }
  }
}

export async function waitForResponse(context: StepContext, page: Page, pattern: Pattern) {
  const since = context.now().getTime() - BEFORE_MS
  const over = new AbortController()
  const signal = AbortSignal.any([context.signal, over.signal])
  const coming = page.waitForResponse((response) => matches(response, pattern), { signal, timeout: context.remainingMs() })
  const recent = async () => {
    const answers = (await page.requests()).filter((request) => request.timing().startTime >= since).map((request) => request.existingResponse())
    return answers.findLast((response) => response !== null && matches(response, pattern)) ?? coming
  }
  try {
    const response = await Promise.race([coming, recent()]).catch(timedOut(`No such response came (${pattern.url})`, context, page))
    return { url: response.url(), status: response.status(), ...(await bodyOf(response, context)) }
  } finally {
    over.abort()
    coming.catch(() => undefined)
  }
}
