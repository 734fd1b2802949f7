import { createHmac, hkdfSync } from 'node:crypto'

/**
 * What tells one body from another without saying what is in it: a plain hash of a body that holds a password would let whoever has the store
 * try passwords until one fits.
 * @param key the server's key; hashes get one of their own from it (RFC 5869)
 */
export const createBodyHash = (key: Buffer): ((body: unknown) => string) => {
  const secret = Buffer.from(hkdfSync('sha256', key, '', 'errand body hashes', 32))
  return (body) => createHmac('sha256', secret).update(JSON.stringify(body)).digest('hex')
}
