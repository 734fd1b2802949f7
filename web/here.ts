import { createClient } from './api/client.ts'
import { readToken } from './session.ts'

/** Where the dashboard is: below which path, and with it the API. Found once at the start, because addresses of pages change and this does not. */

const found = new URL('.', document.baseURI)
document.querySelector('base')?.setAttribute('href', found.href)

/** What comes before the dashboard's own paths, without a slash at its end: `` or `/below/a/path`. */
export const basePath = found.pathname.replace(/\/$/, '')

/** What the Content-Security-Policy asks of style elements. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''

export const client = createClient(found.href, readToken)
