import type { DueDelivery, Outcome } from '../db/due-deliveries.ts'
import { Problem } from '../runner/model/problem.ts'
import { redeliverAfterMs, restUntil, type Attempt } from '../runner/model/webhook.ts'
import type { Services } from './start.ts'
import { signatureHeaders } from './webhook-secret.ts'

/** One attempt to tell one receiver: what it is called with, how long it may take, and how little of its answer is read. */

const TIMEOUT_MS = 15_000
const MAX_ANSWER_BYTES = 4_096
const SHOWN_CHARACTERS = 1_000

export type AttemptTools = Pick<Services, 'post' | 'seal' | 'clock' | 'callbackSecret'>
type Answer = Pick<Attempt, 'statusCode' | 'error'> & { response: string | null; retryAfter: string | undefined }

/** The first few KB, or what came of them: the status alone decides. A receiver that goes on talking is hung up on. */
const readSome = async (body: AsyncIterable<unknown>): Promise<string> => {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    // Leaving the loop hangs up.
    for await (const chunk of body) {
      chunks.push(chunk as Uint8Array)
      size += (chunk as Uint8Array).byteLength
      if (size >= MAX_ANSWER_BYTES) break
    }
  } catch {
    // It broke off, or took too long.
  }
  // oxlint-disable-next-line no-control-regex -- control characters are what goes
  return Buffer.concat(chunks).toString('utf8').slice(0, SHOWN_CHARACTERS).replace(/[\u0000-\u0008\u000b-\u001f\ufffd]/g, '')
}

/** Webhooks that are read together share theirs. */
const unsealed = new WeakMap<Buffer, string>()

const unseal = ({ seal }: AttemptTools, sealed: Buffer): string => {
  const secret = unsealed.get(sealed) ?? seal.unseal<string>(sealed)
  unsealed.set(sealed, secret)
  return secret
}

const secretsOf = (tools: AttemptTools, { webhook }: Pick<DueDelivery, 'webhook'>): string[] => {
  const { sealedSecret, sealedOldSecret, oldSecretUntil, org } = webhook
  if (!sealedSecret) return [tools.callbackSecret(org)]
  const isOldToo = sealedOldSecret !== null && oldSecretUntil !== null && oldSecretUntil > tools.clock.now()
  return [sealedSecret, ...(isOldToo ? [sealedOldSecret] : [])].map((sealed) => unseal(tools, sealed))
}

const call = async ({ post }: AttemptTools, url: string, init: { headers: Record<string, string>; body: string; signal: AbortSignal }, timeoutMs: number): Promise<Answer> => {
  try {
    const { status, headers, body } = await post(url, init)
    return { statusCode: status, error: status >= 300 && status < 400 ? 'Redirects are not followed.' : null, response: await readSome(body), retryAfter: headers['retry-after'] }
  } catch (error) {
    const reason = error instanceof Problem ? error.message : 'The connection broke off.'
    return { statusCode: null, error: init.signal.aborted ? `No answer within ${timeoutMs} ms.` : reason, response: null, retryAfter: undefined }
  }
}

/** @returns what is to be written of it; null when `stopping` broke it off, which counts as no attempt */
export const attemptDelivery = async (tools: AttemptTools, due: Pick<DueDelivery, 'delivery' | 'webhook'>, body: string, stopping: AbortSignal, timeoutMs = TIMEOUT_MS): Promise<Outcome | null> => {
  const { clock } = tools
  const { delivery, webhook } = due
  const at = clock.now()
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Errand-Webhooks/1',
    'accept-encoding': 'identity',
    ...signatureHeaders(secretsOf(tools, due), delivery.eventId, at, body),
  }
  const over = new AbortController()
  const stop = (): void => over.abort()
  const timer = setTimeout(stop, timeoutMs)
  stopping.addEventListener('abort', stop)
  try {
    if (stopping.aborted) return null
    const { response, retryAfter, ...answer } = await call(tools, webhook.url, { headers, body, signal: over.signal }, timeoutMs)
    const { statusCode } = answer
    if (stopping.aborted && statusCode === null) return null
    const facts = { delivery, response, attempt: { at, durationMs: Math.max(0, clock.now() - at), ...answer } }
    if (statusCode !== null && statusCode >= 200 && statusCode < 300) return { ...facts, type: 'delivered' }
    if (statusCode === 410) return { ...facts, type: 'gone' }
    // Whoever asked for a ping wants to know now.
    const wait = delivery.type === 'webhook.ping' ? null : redeliverAfterMs(delivery.attempts + 1, clock.random())
    const rest = restUntil(statusCode, retryAfter, clock.now())
    return { ...facts, type: 'failed', retryAt: wait === null ? null : Math.max(clock.now() + wait, rest ?? 0), restUntil: rest }
  } finally {
    clearTimeout(timer)
    stopping.removeEventListener('abort', stop)
  }
}
