import type { ArtifactJson } from '../server/wire.ts'

/** How a file can be looked at without downloading it. What a portal made is never shown as a page. */
export type Preview = 'picture' | 'csv' | 'json' | 'pdf' | 'text' | 'trace' | 'none'

/** Larger ones are downloaded: a table of that many rows is no preview. */
const MOST_BYTES = 5_000_000

const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp'])

export const previewOf = ({ type, mimeType, displayName, fileSizeBytes }: Pick<ArtifactJson, 'type' | 'mimeType' | 'displayName' | 'fileSizeBytes'>): Preview => {
  const mime = mimeType.split(';')[0]!.trim().toLowerCase()
  if (type === 'trace') return 'trace'
  if (PICTURES.has(mime)) return 'picture'
  if (mime === 'application/pdf') return 'pdf'
  if (fileSizeBytes > MOST_BYTES) return 'none'
  if (mime === 'text/csv' || mime === 'text/tab-separated-values' || /\.[ct]sv$/i.test(displayName)) return 'csv'
  if (mime === 'application/json') return 'json'
  return mime.startsWith('text/plain') ? 'text' : 'none'
}
