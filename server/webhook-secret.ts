import { hkdfSync, randomBytes } from 'node:crypto'
import { signWith } from '../runner/signing.ts'

/**
 * Secrets and signatures as Standard Webhooks has them: `whsec_` and a key as base64; HMAC-SHA256 of `id.timestamp.body`.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */

const PREFIX = 'whsec_'

const toSecret = (key: Buffer): string => PREFIX + key.toString('base64')

export const newWebhookSecret = (): string => toSecret(randomBytes(32))

/** The key in a secret; null when it is none, or shorter or longer than it should be (24 to 64 bytes). */
const keyIn = (secret: string): Buffer | null => {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.replace(/=+$/, '').length % 4 === 1) return null
  const key = Buffer.from(text, 'base64')
  return key.length >= 24 && key.length <= 64 ? key : null
}

export const isWebhookSecret = (text: string): boolean => keyIn(text) !== null

/** What an org's callbacks are signed with that came without a secret of their own. @param key the server's; each org's is derived from it (RFC 5869) */
export const createCallbackSecrets =
  (key: Buffer) =>
  (org: string): string =>
    toSecret(Buffer.from(hkdfSync('sha256', key, '', `errand callbacks ${org}`, 32)))

/**
 * The headers that tell a receiver who sends, which message it is, and when.
 * @param secrets while one takes the place of another, both: the receiver may know either
 */
export const signatureHeaders = (secrets: readonly string[], id: string, atMs: number, body: string): Record<string, string> => {
  const timestamp = String(Math.floor(atMs / 1000))
  const signatures = secrets.map((secret) => `v1,${signWith(keyIn(secret) ?? '', `${id}.${timestamp}.${body}`)}`)
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}
