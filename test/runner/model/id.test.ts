import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isUuid, parseId, toActivityIdentifier, toRunIdentifier, uuidv7 } from '../../../runner/model/id.ts'
import { createClock } from '../../../server/clock.ts'

describe('a UUIDv7', () => {
  test('carries its time, its version and its variant', () => {
    const id = uuidv7(0x0123456789ab, 0x7ff, new Uint8Array(8).fill(0xff))
    expect(id).toBe('01234567-89ab-77ff-bfff-ffffffffffff')
    expect(isUuid(id)).toBe(true)
    expect(uuidv7(0, 0, new Uint8Array(8))).toBe('00000000-0000-7000-8000-000000000000')
  })

  test('sorts by time and by sequence, as text', () => {
    const ids = [
      [1, 0],
      [1, 1],
      [1, 4095],
      [2, 0],
      [0xffff, 9],
      [0x10000, 0],
      [Date.now(), 3],
    ].map(([ms, sequence]) => uuidv7(ms!, sequence!, randomBytes(8)))
    expect(ids.toSorted()).toEqual(ids)
  })

  test('the ids of one clock sort in the order in which they were made, also 20,000 in a row', () => {
    const { newId } = createClock()
    const ids = Array.from({ length: 20_000 }, newId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.toSorted()).toEqual(ids)
  })
})

describe("Port's spelling", () => {
  test('goes there and back for any id', () => {
    for (let n = 0; n < 200; n++) {
      const id = uuidv7(Date.now() + n, n, randomBytes(8))
      expect(toRunIdentifier(id)).toMatch(/^wfr_[0-9a-f]{32}$/)
      expect(toActivityIdentifier(id)).toMatch(/^wfnr_[0-9a-f]{32}$/)
      for (const spelling of [id, id.toUpperCase(), toRunIdentifier(id), toActivityIdentifier(id), toRunIdentifier(id).toUpperCase()]) expect(parseId(spelling)).toBe(id)
    }
  })

  test.each(['', 'wfr_', 'wfr_123', 'wfx_01234567890123456789012345678901', '0123456789abcdef0123456789abcdef', '01234567-89ab-77ff-bfff-fffffffffff', ' 01234567-89ab-77ff-bfff-ffffffffffff', '../etc/passwd', 'wfr_0123456789abcdef0123456789abcdeg'])(
    '%j is no id',
    (text) => expect(parseId(text)).toBeNull(),
  )
})
