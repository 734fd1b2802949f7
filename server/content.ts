import type { ArtifactRow } from '../db/runs.ts'

/** How a file that somebody else's portal made is handed to a browser without ever becoming a page of ours (contract, section 12). */

const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp'])
const TEXTS = new Set(['text/plain', 'text/csv', 'application/json', 'text/tab-separated-values'])

/** RFC 6266: an ASCII name for old clients, the true one in UTF-8 (RFC 8187). */
const disposition = (how: 'inline' | 'attachment', given: string): string => {
  const name = given.replace(/\p{Surrogate}/gu, '\ufffd')
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const utf8 = encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  return `${how}; filename="${ascii}"; filename*=UTF-8''${utf8}`
}

export const contentHeaders = ({ mimeType, name, sha256 }: ArtifactRow): Record<string, string> => {
  const type = mimeType.split(';')[0]!.trim().toLowerCase()
  const shown = PICTURES.has(type) ? type : TEXTS.has(type) ? 'text/plain; charset=utf-8' : null
  return {
    'content-type': shown ?? (/^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : 'application/octet-stream'),
    'content-disposition': disposition(shown ? 'inline' : 'attachment', name),
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, max-age=300',
    etag: `"${sha256}"`,
    'accept-ranges': 'bytes',
  }
}
