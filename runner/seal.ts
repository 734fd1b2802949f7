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

/** What the sealed values that need a key begin with. */
export const sealMark = (key: Buffer): Buffer => Buffer.concat([Buffer.from([VERSION]), keyIdOf(key)])

const MARK = 5
const WRAPPED = MARK + NONCE + TAG + KEY

/** @throws Problem `internal` */
const unwrap = (sealed: Buffer, key: Buffer): Buffer => {
  if (!sealed.subarray(0, MARK).equals(sealMark(key))) throw problem('internal', 'A stored value was sealed under another key than ENCRYPTION_KEY.')
  try {
    return decrypt(key, sealed.subarray(MARK, WRAPPED))
  } catch (error) {
    throw problem('internal', 'A stored value is damaged.', { cause: error })
  }
}

/**
 * The same value under another key: only its data key is sealed anew.
 * @returns null when it is under `to` already
 * @throws Problem `internal` when it is under neither, or damaged
 */
export const reseal = (sealed: Buffer, { from, to }: { from: Buffer; to: Buffer }): Buffer | null => {
  if (sealed.subarray(0, MARK).equals(sealMark(to))) return null
  return Buffer.concat([sealMark(to), encrypt(to, unwrap(sealed, from)), sealed.subarray(WRAPPED)])
}

/** @param key 32 bytes */
export const createSeal = (key: Buffer): Seal => {
  const mark = sealMark(key)
  return {
    seal: (value) => {
      const dataKey = randomBytes(KEY)
      return Buffer.concat([mark, encrypt(key, dataKey), encrypt(dataKey, Buffer.from(JSON.stringify(value ?? null)))])
    },
    unseal: <T>(sealed: Buffer): T => {
      const dataKey = unwrap(sealed, key)
      try {
        return JSON.parse(decrypt(dataKey, sealed.subarray(WRAPPED)).toString('utf8')) as T
      } catch (error) {
        throw problem('internal', 'A stored value is damaged.', { cause: error })
      }
    },
  }
}
