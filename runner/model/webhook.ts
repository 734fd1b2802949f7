/** What callers are told of without asking, and how often it is tried (contract, section 13). */

export const WEBHOOK_EVENTS = [
  'workflow_run.started',
  'workflow_run.awaiting_user_input',
  'workflow_run.completed',
  'workflow_run.completed_with_no_action_taken',
  'workflow_run.failed',
  'workflow_run.cancelled',
  'job_run.started',
  'job_run.completed',
  'job_run.failed',
  'job_run.cancelled',
  'artifact.created',
] as const
/** What can be subscribed to. */
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number]
/** A ping is sent when somebody asks for it. */
export type DeliveryType = WebhookEvent | 'webhook.ping'

/** What the log of runs calls them. Job runs have a log of their own, with these names. */
export const EVENT_OF: Record<string, WebhookEvent> = {
  'run.started': 'workflow_run.started',
  'run.asking': 'workflow_run.awaiting_user_input',
  'run.awaiting_input': 'workflow_run.awaiting_user_input',
  'run.completed': 'workflow_run.completed',
  'run.completed_with_no_action_taken': 'workflow_run.completed_with_no_action_taken',
  'run.failed': 'workflow_run.failed',
  'run.cancelled': 'workflow_run.cancelled',
  'artifact.created': 'artifact.created',
}

/** What a `callbackUrl` hears of its run, or of its job run. */
export const callbackEvents = (of: 'workflow_run' | 'job_run'): WebhookEvent[] => WEBHOOK_EVENTS.filter((type) => type.startsWith(`${of}.`))

export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed'] as const
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number]

/** One attempt at a delivery, as it is shown. Exactly one of `statusCode` and `error` may be null. */
export type Attempt = { at: number; durationMs: number; statusCode: number | null; error: string | null }

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
/** After how long the next attempt follows each failed one: over three days in all, after which it has failed. */
const RETRY_AFTER_MS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]

/**
 * How long to wait after `failures` failed attempts (at least 1), in milliseconds; null when there is to be no other. Up to a fifth longer than
 * the table says, so that what failed together does not come back together.
 *
 * @param random in [0, 1)
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const redeliverAfterMs = (failures: number, random: number): number | null => {
  const wait = RETRY_AFTER_MS[failures - 1]
  return wait === undefined ? null : Math.round(wait * (1 + random / 5))
}

/** What a receiver asks for beyond this is not heeded. */
const LONGEST_REST_MS = HOUR

/** Whether an answer may ask for that. */
export const asksForRest = (statusCode: number | null): boolean => statusCode === 429 || statusCode === 503

/**
 * Until when a receiver wants to be left alone, by its `Retry-After`: seconds, or a date; an hour from now at most. Only 429 and 503 say that with it.
 * Full seconds, as the header has them, so that those who hear it at once hear the same.
 *
 * @param nowMs milliseconds since 1970
 * @returns milliseconds since 1970; null when it asks for nothing
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export const restUntil = (statusCode: number | null, retryAfter: string | undefined, nowMs: number): number | null => {
  if (!asksForRest(statusCode) || retryAfter === undefined) return null
  const text = retryAfter.trim()
  const asked = /^\d+$/.test(text) ? nowMs + Number(text) * SECOND : /^[A-Z][a-z]{2}, .* GMT$/.test(text) ? Date.parse(text) : NaN
  if (Number.isNaN(asked) || asked <= nowMs) return null
  return Math.ceil(Math.min(asked, nowMs + LONGEST_REST_MS) / SECOND) * SECOND
}
