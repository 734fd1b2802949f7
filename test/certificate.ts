import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * A certificate of 127.0.0.1 and localhost that signs itself, and its key, which is no secret: valid until 2126. It was made by
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout key.pem -out cert.pem`.
 */

const path = (name: string): string => fileURLToPath(new URL(`certificate/${name}`, import.meta.url))

/** For `NODE_EXTRA_CA_CERTS`. */
export const certificatePath = path('cert.pem')

export const readCertificate = (): { key: Buffer; cert: Buffer } => ({ key: readFileSync(path('key.pem')), cert: readFileSync(certificatePath) })
