import type { Headers } from 'undici'
import type { StepContext } from './step.ts'

/** What goes to a system that ends the node itself: which node it is, and what it is to do. */
export const envelope = ({ ids: { workflowRunId, nodeRunId } }: Pick<StepContext, 'ids'>, payload: unknown) => ({ context: { workflowRunId, nodeRunId }, payload })

/**
 * What signs a message as Port does, so that whoever gets it can tell that it comes from here: `v1,` and the base64 HMAC-SHA256 of time, a dot and
 * the body, under the org's signing secret (`GET /api/v1/signing-secret`).
 */
export const signatureOf = ({ sign, now }: Pick<StepContext, 'sign' | 'now'>, body: string) => {
  const timestamp = String(Math.floor(now().getTime() / 1000))
  return { 'x-port-timestamp': timestamp, 'x-port-signature': `v1,${sign(`${timestamp}.${body}`)}` }
}

/** The same, among the headers of a call. */
export const signInto = (headers: Headers, context: Pick<StepContext, 'sign' | 'now'>, body: string): void => {
  for (const [name, value] of Object.entries(signatureOf(context, body))) headers.set(name, value)
}
