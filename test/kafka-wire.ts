/** As much of Kafka's wire protocol as a small broker needs. @see https://kafka.apache.org/protocol */

export type KafkaRecord = { key: string | null; value: string | null; headers: Record<string, string> }

/** Reads one request from its first byte on. */
export const reader = (bytes: Buffer) => {
  let at = 0
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new Error('The message ends too soon.')
    at += length
    return bytes.subarray(at - length, at)
  }
  const text = (length: number): string | null => (length < 0 ? null : take(length).toString('utf8'))
  /** Zigzag, seven bits a byte. */
  const varint = (): number => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const [byte = 0] = take(1)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n))
    }
  }
  const int32 = (): number => take(4).readInt32BE()
  return {
    int8: (): number => take(1).readInt8(),
    int16: (): number => take(2).readInt16BE(),
    int32,
    uint32: (): number => take(4).readUInt32BE(),
    int64: (): bigint => take(8).readBigInt64BE(),
    string: (): string | null => text(take(2).readInt16BE()),
    varint,
    varText: (): string | null => text(varint()),
    bytes: (): Buffer => take(int32()),
    list: <T>(one: () => T): T[] => Array.from({ length: Math.max(0, int32()) }, one),
    rest: (): Buffer => bytes.subarray(at),
  }
}

const int = (size: 1 | 2 | 4) => (value: number): Buffer => {
  const bytes = Buffer.alloc(size)
  bytes.writeIntBE(value, 0, size)
  return bytes
}
export const int8 = int(1)
export const int16 = int(2)
export const int32 = int(4)
export const int64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}
export const string = (text: string | null): Buffer => (text === null ? int16(-1) : Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)]))
export const sized = (content: Buffer): Buffer => Buffer.concat([int32(content.length), content])
export const list = (items: readonly Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items])

/** CRC-32C (Castagnoli), bit by bit. */
const crc32c = (bytes: Buffer): number => {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

/** The records of one batch (magic 2). @throws Error when it is not whole */
export const readBatch = (bytes: Buffer): KafkaRecord[] => {
  const batch = reader(bytes)
  batch.int64() // base offset
  if (batch.int32() !== bytes.length - 12) throw new Error('The batch is not as long as it says.')
  batch.int32() // leader epoch
  if (batch.int8() !== 2) throw new Error('The batch is of another generation.')
  if (batch.uint32() !== crc32c(batch.rest())) throw new Error('The checksum of the batch is wrong.')
  if ((batch.int16() & 7) !== 0) throw new Error('The batch is compressed.')
  batch.int32() // last offset delta
  for (let field = 0; field < 3; field++) batch.int64() // two times, and the producer
  batch.int16()
  batch.int32() // sequence
  return batch.list(() => {
    batch.varint() // length
    batch.int8()
    batch.varint() // time
    batch.varint() // offset
    const key = batch.varText()
    const value = batch.varText()
    const headers = Object.fromEntries(Array.from({ length: batch.varint() }, () => [batch.varText() ?? '', batch.varText() ?? '']))
    return { key, value, headers }
  })
}
