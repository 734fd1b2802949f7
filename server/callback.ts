import type { Callback } from '../db/callbacks.ts'
import { problem } from '../runner/model/problem.ts'
import { callbackEvents } from '../runner/model/webhook.ts'
import type { Services } from './start.ts'
import { targetUrl, webhookSecret } from './webhook-wire.ts'

/** What a call that starts a run, or a job, may ask to be told of it: a webhook for this one run. */

export const callbackFields = {
  callbackUrl: targetUrl.optional().meta({ description: 'Is told of this run by webhook.' }),
  callbackSecret: webhookSecret.optional().meta({ description: "What that is signed with; the org's own callback secret when not given." }),
}

export type CallbackGiven = { callbackUrl?: string | undefined; callbackSecret?: string | undefined }

/** @throws Problem `invalid_request` when there is a secret and nobody to call */
export const toCallback = ({ clock, seal }: Pick<Services, 'clock' | 'seal'>, org: string, { callbackUrl, callbackSecret }: CallbackGiven, of: 'workflow_run' | 'job_run' = 'workflow_run'): Callback | undefined => {
  if (callbackUrl === undefined && callbackSecret !== undefined)
    throw problem('invalid_request', 'callbackSecret means nothing without callbackUrl.', { details: [{ path: 'callbackUrl', code: 'missing', message: 'is missing' }] })
  if (callbackUrl === undefined) return undefined
  return {
    id: clock.newId(),
    url: callbackUrl,
    events: callbackEvents(of),
    // Callbacks of many runs to one receiver wait for each other, and for nobody else.
    lane: `${org} ${new URL(callbackUrl).origin}`,
    sealedSecret: callbackSecret === undefined ? null : seal.seal(callbackSecret),
  }
}
