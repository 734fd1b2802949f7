import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/** Addresses that give an artifact's content without credentials, for a while. */
export type SignedUrls = {
  /** @param origin `https://host:port`, without a slash at the end */
  sign(origin: string, artifactId: string): string
  verify(artifactId: string, query: { expires: string; signature: string }): boolean
}

const VALID_MS = 15 * 60_000

/** @param key the server's key; signatures get one of their own from it (RFC 5869) */
export const createSignedUrls = (key: Buffer, nowMs: () => number): SignedUrls => {
  const secret = Buffer.from(hkdfSync('sha256', key, '', 'errand signed urls', 32))
  const mac = (artifactId: string, expires: string): Buffer => createHmac('sha256', secret).update(`${artifactId}.${expires}`).digest()
  return {
    sign: (origin, artifactId) => {
      const expires = String(nowMs() + VALID_MS)
      return `${origin}/api/v1/artifacts/${artifactId}/content?expires=${expires}&signature=${mac(artifactId, expires).toString('base64url')}`
    },
    verify: (artifactId, { expires, signature }) => {
      const given = Buffer.from(signature, 'base64url')
      const wanted = mac(artifactId, expires)
      return given.length === wanted.length && timingSafeEqual(given, wanted) && Number(expires) > nowMs()
    },
  }
}
