import { randomBytes } from 'node:crypto'
import { uuidv7 } from '../runner/model/id.ts'

/** Time, ids and chance, which everything else gets handed: tests give their own. */
export type Clock = {
  /** Milliseconds since 1970. */
  now(): number
  /** A new UUIDv7; ids of one process sort in the order in which they were made. */
  newId(): string
  /** In [0, 1). */
  random(): number
}

export const createClock = (): Clock => {
  let lastMs = 0
  let sequence = 0
  return {
    now: () => Date.now(),
    newId: () => {
      // A clock that is set back must not make ids that sort before earlier ones.
      const nowMs = Math.max(Date.now(), lastMs)
      sequence = nowMs === lastMs ? sequence + 1 : 0
      lastMs = sequence > 0xfff ? nowMs + 1 : nowMs
      if (sequence > 0xfff) sequence = 0
      return uuidv7(lastMs, sequence, randomBytes(8))
    },
    random: Math.random,
  }
}
