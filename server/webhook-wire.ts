import { z } from 'zod'
import type { DeliveryRow } from '../db/due-deliveries.ts'
import type { WebhookRow } from '../db/webhooks.ts'
import { DELIVERY_STATUSES, WEBHOOK_EVENTS } from '../runner/model/webhook.ts'
import { isWebhookSecret } from './webhook-secret.ts'
import { iso, isoOrNull, time } from './json-fields.ts'

/** Webhooks and their deliveries on the wire. */

/** Whether it may be called is judged when it is: by then its name may lead elsewhere. */
export const targetUrl = z
  .string()
  .max(2000)
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null
    return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
  }, 'must be an address that begins with http:// or https://, without a user name or password')

export const webhookSecret = z
  .string()
  .max(200)
  .refine(isWebhookSecret, 'must be whsec_ and 24 to 64 bytes as base64')

const fields = {
  url: targetUrl,
  events: z.array(z.enum(WEBHOOK_EVENTS)).min(1).max(100).transform((types) => [...new Set(types)]).meta({ description: 'What to be told of.' }),
  workflowId: z.string().min(1).max(100).nullable().meta({ description: 'Only runs of this workflow: UUID or identifier.' }),
  description: z.string().max(1000).nullable(),
  enabled: z.boolean(),
}

export const newWebhookBody = z
  .strictObject({ ...fields, workflowId: fields.workflowId.default(null), description: fields.description.default(null), enabled: fields.enabled.default(true) })
  .meta({ id: 'NewWebhook' })

export const webhookChangeBody = z.strictObject(fields).partial().meta({ id: 'WebhookChange' })

export const webhookWire = z
  .object({
    id: z.uuid(),
    url: z.string(),
    events: z.array(z.enum(WEBHOOK_EVENTS)),
    workflowId: z.uuid().nullable(),
    workflowRunId: z.uuid().nullable().meta({ description: 'Of what a callbackUrl became: its run.' }),
    jobRunId: z.uuid().nullable().meta({ description: 'The same, of a job run.' }),
    description: z.string().nullable(),
    enabled: z.boolean(),
    disabledReason: z.enum(['gone']).nullable().meta({ description: 'gone: the receiver answered 410.' }),
    previousSecretValidUntil: time.nullable().meta({ description: 'Until then deliveries carry two signatures.' }),
    createdByUserId: z.string().nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Webhook' })

export const deliveryWire = z
  .object({
    id: z.uuid(),
    eventId: z.uuid().meta({ description: 'The `webhook-id` that it is sent with, each time the same.' }),
    webhookId: z.uuid(),
    workflowRunId: z.uuid().nullable(),
    jobRunId: z.uuid().nullable(),
    type: z.string(),
    status: z.enum(DELIVERY_STATUSES),
    attemptCount: z.int().meta({ description: 'Since it was made, or sent again by hand.' }),
    attempts: z.array(z.object({ at: time, durationMs: z.int(), statusCode: z.int().nullable(), error: z.string().nullable() })).meta({ description: 'The last twenty, oldest first.' }),
    nextAttemptAt: time.nullable().meta({ description: 'Null for one that waits until an earlier one of its run is done with.' }),
    response: z.string().nullable().meta({ description: 'The beginning of what was answered last.' }),
    occurredAt: time,
    createdAt: time,
    completedAt: time.nullable(),
  })
  .meta({ id: 'WebhookDelivery' })

export type WebhookJson = z.output<typeof webhookWire>
export type DeliveryJson = z.output<typeof deliveryWire>

/** @param now while a secret before it is still signed with, its end is told; in milliseconds since 1970 */
export const toWebhook = (row: WebhookRow, now: number): WebhookJson => ({
  id: row.id,
  url: row.url,
  events: row.events,
  workflowId: row.workflowId,
  workflowRunId: row.runId,
  jobRunId: row.jobRunId,
  description: row.description,
  enabled: row.enabled,
  disabledReason: row.disabledReason,
  previousSecretValidUntil: row.oldSecretUntil !== null && row.oldSecretUntil > now ? iso(row.oldSecretUntil) : null,
  createdByUserId: row.createdBy,
  createdAt: iso(row.createdAt),
  updatedAt: iso(row.updatedAt),
})

export const toDelivery = (row: DeliveryRow): DeliveryJson => ({
  id: row.id,
  eventId: row.eventId,
  webhookId: row.webhookId,
  workflowRunId: row.runId,
  jobRunId: row.jobRunId,
  type: row.type,
  status: row.status,
  attemptCount: row.attempts,
  attempts: row.history.map(({ at, ...attempt }) => ({ at: iso(at), ...attempt })),
  nextAttemptAt: isoOrNull(row.nextAt),
  response: row.response,
  occurredAt: iso(row.at),
  createdAt: iso(row.createdAt),
  completedAt: isoOrNull(row.completedAt),
})
