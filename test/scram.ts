import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'

/** The server's part of SCRAM (RFC 5802, without channel binding). */
export type Scram = {
  /** What to say to what a client has said. @throws Error when the client is not who it says */
  answer(message: string): string
  /** Whether the client has shown that it knows the password. */
  isDone(): boolean
}

const ITERATIONS = 4096

/** `r=…,s=…` by letter. */
const fieldsOf = (message: string): Record<string, string> => Object.fromEntries(message.split(',').map((field) => [field[0] ?? '', field.slice(2)]))

const xor = (a: Buffer, b: Buffer): Buffer => a.map((byte, index) => byte ^ b[index]!) as Buffer

export const createScram = (hash: 'sha256' | 'sha512', user: { name: string; password: string }): Scram => {
  const salt = randomBytes(16)
  const mac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest()
  const salted = pbkdf2Sync(user.password, salt, ITERATIONS, hash === 'sha256' ? 32 : 64, hash)
  const clientKey = mac(salted, 'Client Key')
  let begun: { first: string; nonce: string; said: string } | null = null
  let done = false
  const begin = (first: string): string => {
    const { n = '', r = '' } = fieldsOf(first)
    if (n.replaceAll('=2C', ',').replaceAll('=3D', '=') !== user.name) throw new Error('There is no such user.')
    const nonce = `${r}${randomBytes(18).toString('base64')}`
    const said = `r=${nonce},s=${salt.toString('base64')},i=${ITERATIONS}`
    begun = { first, nonce, said }
    return said
  }
  const finish = ({ first, nonce, said }: NonNullable<typeof begun>, message: string): string => {
    const { r, p = '' } = fieldsOf(message)
    if (r !== nonce) throw new Error('That belongs to another conversation.')
    const talk = `${first},${said},${message.slice(0, message.lastIndexOf(',p='))}`
    const shown = xor(Buffer.from(p, 'base64'), mac(createHash(hash).update(clientKey).digest(), talk))
    if (shown.length !== clientKey.length || !timingSafeEqual(shown, clientKey)) throw new Error('The password is wrong.')
    done = true
    return `v=${mac(mac(salted, 'Server Key'), talk).toString('base64')}`
  }
  return {
    answer: (message) => (begun ? finish(begun, message) : begin(message.replace(/^n,,/, ''))),
    isDone: () => done,
  }
}
