import { createHmac, hkdfSync } from 'node:crypto'

/** The secret that an org's outgoing calls are signed with; receivers are given it to check them. */
export type SigningSecrets = (org: string) => string

/** @param key the server's key; each org's secret is derived from it (RFC 5869), so it is there without being stored, and changes with it */
export const createSigningSecrets =
  (key: Buffer): SigningSecrets =>
  (org) =>
    Buffer.from(hkdfSync('sha256', key, '', `errand node webhooks ${org}`, 32)).toString('base64url')

export const signWith = (secret: string | Buffer, text: string): string => createHmac('sha256', secret).update(text).digest('base64')
