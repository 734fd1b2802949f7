import { readSubject } from '../db/delivery-subject.ts'
import type { DueDelivery } from '../db/due-deliveries.ts'
import { toJobRun } from './job-wire.ts'
import type { Services } from './start.ts'
import { toWebhook } from './webhook-wire.ts'
import { iso } from './json-fields.ts'
import { toArtifact, toRun } from './wire.ts'

/** What a receiver is sent: the event, and the thing that it happened to. */

type Told = { object: unknown; error_message: string | null }

const subjectOf = async ({ db, urls }: Pick<Services, 'db' | 'urls'>, due: DueDelivery, origin: string): Promise<Told> => {
  const { delivery, webhook } = due
  const subject = due.subject ?? (await readSubject(db, due))
  if (subject.type === 'run') return { object: toRun(subject.view, delivery.at), error_message: subject.view.run.error?.message ?? null }
  if (subject.type === 'job_run') return { object: toJobRun(subject.view, delivery.at), error_message: subject.view.jobRun.error?.message ?? null }
  if (subject.type === 'artifact') return { object: toArtifact(subject.artifact, (id) => urls.sign(origin, id)), error_message: null }
  return { object: delivery.type === 'webhook.ping' ? toWebhook(webhook, delivery.at) : null, error_message: null }
}

/** @param origin where the server is found, for the signed addresses of files: `https://host:port` */
export const deliveryBody = async (services: Pick<Services, 'db' | 'urls'>, due: DueDelivery, origin: string): Promise<string> => {
  const { eventId, type, at } = due.delivery
  return JSON.stringify({ id: eventId, object: 'event', type, created: iso(at), data: await subjectOf(services, due, origin) })
}
