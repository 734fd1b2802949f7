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
