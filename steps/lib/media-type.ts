/** The few kinds of files that offices pass around; for names without a type and types without a name. */
const TYPES: Record<string, string> = {
  pdf: 'application/pdf',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  txt: 'text/plain',
  json: 'application/json',
  xml: 'application/xml',
  html: 'text/html',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  xls: 'application/vnd.ms-excel',
  doc: 'application/msword',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  odt: 'application/vnd.oasis.opendocument.text',
  rtf: 'application/rtf',
  zip: 'application/zip',
  gz: 'application/gzip',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  svg: 'image/svg+xml',
  tiff: 'image/tiff',
  ics: 'text/calendar',
  eml: 'message/rfc822',
}

const UNKNOWN = 'application/octet-stream'

/** `text/csv; charset=utf-8` without what comes after; '' when there is none. */
export const mediaType = (contentType: string | undefined): string => (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

/** What the server said, unless it said nothing; then what the name says. */
export function typeOf(contentType: string | undefined, name: string): string {
  const said = mediaType(contentType)
  if (/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(said) && said !== UNKNOWN && said !== 'binary/octet-stream') return said
  return TYPES[/\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''] ?? UNKNOWN
}

/** The name with the ending of its type, when it has none. */
export function withEnding(name: string, contentType: string | undefined): string {
  if (/\.[^./\\]{1,16}$/.test(name)) return name
  const ending = Object.keys(TYPES).find((key) => TYPES[key] === mediaType(contentType))
  return ending === undefined ? name : `${name}.${ending}`
}

const PAGES = new Set(['text/html', 'application/xhtml+xml', 'multipart/x-mixed-replace', ''])

/** Whether this is a page, to be looked at in the browser. */
export const isPage = (contentType: string | undefined): boolean => PAGES.has(mediaType(contentType))

/** Whether the ending of an address promises a file other than a page. */
export const promisesFile = (url: string): boolean => {
  const type = typeOf('', new URL(url).pathname)
  return type !== UNKNOWN && type !== 'text/html'
}
