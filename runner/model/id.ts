/**
 * Ids are UUIDv7 (RFC 9562): they sort by creation. Port spells the same UUID `wfr_<32 hex>` for a workflow run and `wfnr_<32 hex>` for an
 * activity run; the two spellings convert both ways without a second column.
 */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const PORT_ID = /^(?:wfr|wfnr)_([0-9a-f]{32})$/

/**
 * A UUIDv7 from a time and chance.
 * @param nowMs milliseconds since 1970
 * @param sequence 0–4095, counted up within one millisecond so that ids made together still sort (RFC 9562, 6.2, method 1)
 * @param random at least 8 random bytes
 */
export const uuidv7 = (nowMs: number, sequence: number, random: Uint8Array): string => {
  const hex = (value: number, width: number) => value.toString(16).padStart(width, '0')
  const time = hex(nowMs, 12)
  const tail = Array.from(random.subarray(0, 8), (byte) => hex(byte, 2)).join('')
  const variant = hex((Number.parseInt(tail.slice(0, 2), 16) & 0x3f) | 0x80, 2)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(sequence & 0xfff, 3)}-${variant}${tail.slice(2, 4)}-${tail.slice(4, 16)}`
}

export const isUuid = (text: string): boolean => UUID.test(text)

/** When it was made, in milliseconds since 1970. */
export const timeOfId = (id: string): number => Number.parseInt(id.slice(0, 13).replace('-', ''), 16)

export const toRunIdentifier = (id: string): string => `wfr_${id.replaceAll('-', '')}`
export const toActivityIdentifier = (id: string): string => `wfnr_${id.replaceAll('-', '')}`

/** The UUID behind either spelling, in lower case; null when it is neither. */
export const parseId = (text: string): string | null => {
  const lower = text.toLowerCase()
  if (UUID.test(lower)) return lower
  const hex = PORT_ID.exec(lower)?.[1]
  if (!hex) return null
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
