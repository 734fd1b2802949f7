import type { Headers } from 'undici'
import type { StepContext } from './step.ts'

/** What goes to a system that ends the node itself: which node it is, and what it is to do. */
export const envelope = ({ ids: { workflowRunId, nodeRunId } }: Pick<StepContext, 'ids'>, payload: unknown) => ({ context: { workflowRunId, nodeRunId }, payload })

/**
 * Signs a call as Port does, so that whoever is called can tell that it comes from here: `v1,` and the base64 HMAC-SHA256 of time, a dot and
 * the body, under the org's signing secret (`GET /api/v1/signing-secret`).
 */
export const signInto = (headers: Headers, { sign, now }: Pick<StepContext, 'sign' | 'now'>, body: string): void => {
  const timestamp = String(Math.floor(now().getTime() / 1000))
  headers.set('x-port-timestamp', timestamp)
  headers.set('x-port-signature', `v1,${sign(`${timestamp}.${body}`)}`)
}
