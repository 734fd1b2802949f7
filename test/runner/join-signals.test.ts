import { getEventListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { joinSignals } from '../../runner/join-signals.ts'

const two = () => {
  const parts = [new AbortController(), new AbortController()] as const
  return { parts, signals: parts.map(({ signal }) => signal) }
}

test('a joined signal aborts with the first of its parts, for its reason', () => {
  const { parts, signals } = two()
  using joined = joinSignals(signals)
  expect(joined.signal.aborted).toBe(false)
  parts[1].abort('lost')
  parts[0].abort('cancel')
  expect(joined.signal).toMatchObject({ aborted: true, reason: 'lost' })
})

test('one that has aborted before counts', () => {
  const { parts, signals } = two()
  parts[0].abort('timeout')
  using joined = joinSignals(signals)
  expect(joined.signal.reason).toBe('timeout')
})

test('one that many listen to is no leak', async () => {
  const warnings: Error[] = []
  const warn = (warning: Error) => warnings.push(warning)
  process.on('warning', warn)
  const { signals } = two()
  const joined = Array.from({ length: 20 }, () => joinSignals(signals))
  await setImmediate()
  process.off('warning', warn)
  expect(warnings).toEqual([])
  for (const one of joined) one[Symbol.dispose]()
})

test('when it is not used any more, its parts know nothing of it', () => {
  const { parts, signals } = two()
  const joined = joinSignals(signals)
  expect(signals.map((signal) => getEventListeners(signal, 'abort').length)).toEqual([1, 1])
  joined[Symbol.dispose]()
  expect(signals.map((signal) => getEventListeners(signal, 'abort').length)).toEqual([0, 0])
  parts[0].abort()
  expect(joined.signal.aborted).toBe(false)
})
