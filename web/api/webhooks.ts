import type { WebhookEvent } from '../../runner/model/webhook.ts'
import type { DeliveryJson, WebhookJson } from '../../server/webhook-wire.ts'
import type { PaginationJson } from '../../server/wire.ts'
import type { Client } from './client.ts'

/** Who is told of what happens, and what they were told. */

const PATH = '/api/v1/webhooks'

export type WebhookList = { webhooks: WebhookJson[]; pagination: PaginationJson }
export type DeliveryList = { deliveries: DeliveryJson[]; pagination: PaginationJson }
export type WebhookChange = { url?: string; events?: WebhookEvent[]; workflowId?: string | null; description?: string | null; enabled?: boolean }

export const listWebhooks = (client: Client, query: { page?: number; limit?: number }): Promise<WebhookList> => client.call('GET', PATH, { query })

export const getWebhook = async (client: Client, id: string): Promise<WebhookJson> => (await client.call<{ webhook: WebhookJson }>('GET', `${PATH}/${id}`)).webhook

/** @returns the secret, too, which no other call gives */
export const createWebhook = (client: Client, body: WebhookChange): Promise<{ webhook: WebhookJson; secret: string }> => client.call('POST', PATH, { body })

export const changeWebhook = async (client: Client, id: string, body: WebhookChange): Promise<WebhookJson> => (await client.call<{ webhook: WebhookJson }>('PATCH', `${PATH}/${id}`, { body })).webhook

export const deleteWebhook = (client: Client, id: string): Promise<void> => client.call('DELETE', `${PATH}/${id}`)

export const rotateWebhookSecret = (client: Client, id: string): Promise<{ secret: string }> => client.call('POST', `${PATH}/${id}/rotate-secret`, { body: {} })

export const pingWebhook = (client: Client, id: string): Promise<{ delivery: DeliveryJson }> => client.call('POST', `${PATH}/${id}/ping`, { body: {} })

export const listDeliveries = (client: Client, id: string, query: { page?: number; limit?: number; status?: DeliveryJson['status'] | undefined }): Promise<DeliveryList> => client.call('GET', `${PATH}/${id}/deliveries`, { query })

/** One delivery, and what is sent with it. */
export const getDelivery = (client: Client, id: string, deliveryId: string): Promise<{ delivery: DeliveryJson; body: unknown }> => client.call('GET', `${PATH}/${id}/deliveries/${deliveryId}`)

/** Sends again what has failed of what happened since then. @returns how many that are */
export const redeliverFailed = async (client: Client, id: string, since: string): Promise<number> => (await client.call<{ count: number }>('POST', `${PATH}/${id}/redeliver-failed`, { body: { since } })).count

export const redeliver = (client: Client, id: string, deliveryId: string): Promise<{ delivery: DeliveryJson }> => client.call('POST', `${PATH}/${id}/deliveries/${deliveryId}/redeliver`, { body: {} })
