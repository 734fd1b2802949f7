import { afterEach, expect, test, vi } from 'vitest'
import { sleep, sleepUntil } from '../../runner/sleep.ts'
import { createStepClock } from '../../runner/step-clock.ts'

/** Times that are longer than a timer of Node takes: such a one fires after a millisecond. */

const DAY_MS = 86_400_000

afterEach(() => void vi.useRealTimers())

test.each([1, 30, 366])('%i days are waited for to the end', async (days) => {
  vi.useFakeTimers()
  const slept = vi.fn<(whole: boolean) => void>()
  void sleep(days * DAY_MS, new AbortController().signal).then(slept)
  await vi.advanceTimersByTimeAsync(days * DAY_MS - 1)
  expect(slept).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(slept).toHaveBeenCalledWith(true)
})

test('a wait of many days is cut short, also after the first of its timers', async () => {
  vi.useFakeTimers()
  const stopping = new AbortController()
  const slept = sleep(100 * DAY_MS, stopping.signal)
  await vi.advanceTimersByTimeAsync(50 * DAY_MS)
  stopping.abort()
  expect(await slept).toBe(false)
  expect(vi.getTimerCount()).toBe(0)
})

test('the longest time limit that may be set for steps is no short one', async () => {
  vi.useFakeTimers()
  const over = vi.fn<() => void>()
  const clock = createStepClock(2 ** 31 - 1, over)
  await vi.advanceTimersByTimeAsync(DAY_MS)
  expect(over).not.toHaveBeenCalled()
  clock.stop()
})

test('a wait until a time ends soon after it has come, also when the machine slept meanwhile; an abort ends it at once', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const HOURS = 8 * 3_600_000
  let now = 0
  const ends: (boolean | string)[] = []
  const stop = new AbortController()
  void sleepUntil(HOURS, () => now, new AbortController().signal).then((slept) => ends.push(slept))
  void sleepUntil(HOURS, () => now, stop.signal).then((slept) => ends.push(slept))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(ends).toEqual([])
  stop.abort()
  await vi.advanceTimersByTimeAsync(0)
  expect(ends).toEqual([false])
  // The timers have not seen that time.
  now = HOURS
  await vi.advanceTimersByTimeAsync(60_000)
  expect(ends).toEqual([false, true])
})
