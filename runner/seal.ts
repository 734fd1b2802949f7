import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { problem } from './model/problem.ts'

/**
 * Seals what the store may not hold in clear: AES-256-GCM (NIST SP 800-38D) with a data key of its own for each value, which is itself
 * sealed under the server's key. A sealed value names the key it needs, so that keys can be changed value by value.
 *
 * Layout: version (1 byte) · key id (4) · nonce (12), tag (16) and the data key (32) · nonce (12) · tag (16) · the value as JSON.
 */
export type Seal = {
  seal(value: unknown): Buffer
  /** @throws Problem `internal` when it was sealed under another key, or is damaged */
  unseal<T>(sealed: Buffer): T
}

const VERSION = 1
const NONCE = 12
const TAG = 16
const KEY = 32

const encrypt = (key: Buffer, plain: Buffer): Buffer => {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body])
}

const decrypt = (key: Buffer, sealed: Buffer): Buffer => {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE))
  decipher.setAuthTag(sealed.subarray(NONCE, NONCE + TAG))
  return Buffer.concat([decipher.update(sealed.subarray(NONCE + TAG)), decipher.final()])
}

/** Names a key without telling it: the first 4 bytes of its SHA-256. */
const keyIdOf = (key: Buffer): Buffer => createHash('sha256').update(key).digest().subarray(0, 4)

/** @param key 32 bytes */
export const createSeal = (key: Buffer): Seal => {
  const keyId = keyIdOf(key)
  return {
    seal: (value) => {
      const dataKey = randomBytes(KEY)
      return Buffer.concat([Buffer.from([VERSION]), keyId, encrypt(key, dataKey), encrypt(dataKey, Buffer.from(JSON.stringify(value ?? null)))])
    },
    unseal: <T>(sealed: Buffer): T => {
      if (sealed[0] !== VERSION || !sealed.subarray(1, 5).equals(keyId)) throw problem('internal', 'A stored value was sealed under another key than ENCRYPTION_KEY.')
      const wrapped = 5 + NONCE + TAG + KEY
      try {
        const dataKey = decrypt(key, sealed.subarray(5, wrapped))
        return JSON.parse(decrypt(dataKey, sealed.subarray(wrapped)).toString('utf8')) as T
      } catch (error) {
        throw problem('internal', 'A stored value is damaged.', { cause: error })
      }
    },
  }
}
