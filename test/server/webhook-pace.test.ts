import { describe, expect, test } from 'vitest'
import { createPace } from '../../server/webhook-pace.ts'

/** How many deliveries are begun, beside what. The time is the test's own: it goes on while somebody sleeps. */

const world = ({ running = 1, busy = 1 } = {}) => {
  const state = { running, busy, at: 1_000_000, endsAt: Infinity, slept: [] as number[] }
  const turn = createPace({
    running: () => state.running,
    busy: () => state.busy,
    now: () => state.at,
    sleep: async (ms) => {
      state.slept.push(ms)
      state.at += ms
      if (state.at >= state.endsAt) state.running = 0
    },
  })
  const one = (type: 'workflow_run.completed' | 'webhook.ping' = 'workflow_run.completed', nextAt: number | null = state.at): Promise<void> => turn({ type, nextAt })
  /** How many are begun in so many seconds. */
  const begunIn = async (seconds: number, late = 0): Promise<number> => {
    let count = 0
    for (const end = state.at + 1000 * seconds; state.at < end; count++) await one('workflow_run.completed', state.at - late)
    return count
  }
  return { state, one, begunIn }
}

describe('beside runs', () => {
  test('that keep the machine busy, twenty a second are begun, ten together', async () => {
    const { state, one, begunIn } = world()
    expect(await begunIn(2)).toBe(41)
    const { at } = state
    for (let i = 0; i < 9; i++) await one()
    expect(state.at).toBe(at)
    await one()
    expect(state.at).toBe(at + 500)
  })

  test('that end, whatever waits goes at once', async () => {
    const { state, one } = world()
    for (let i = 0; i < 10; i++) await one()
    state.endsAt = state.at + 100
    for (let i = 0; i < 100; i++) await one()
    expect(state.at).toBe(state.endsAt)
  })

  test('that leave it idle, more and more are, until it has nothing to spare: then few at once', async () => {
    const { state, begunIn } = world({ busy: 0.2 })
    expect(await begunIn(1)).toBeGreaterThan(40)
    await begunIn(2)
    expect(await begunIn(1)).toBeGreaterThan(800)
    state.busy = 0.7
    expect(await begunIn(1)).toBeGreaterThan(800)
    state.busy = 0.9
    expect(await begunIn(2)).toBeLessThan(51 + 250)
    expect(await begunIn(1)).toBeLessThanOrEqual(31)
  })

  test('what the machine had to spare a while ago does not count', async () => {
    const { state, begunIn } = world({ busy: 0.2 })
    await begunIn(3)
    state.at += 60_000
    state.busy = 0.7
    expect(await begunIn(1)).toBeLessThanOrEqual(41)
  })

  test('those that have waited for minutes go faster, the longer the faster', async () => {
    const { begunIn } = world()
    expect(await begunIn(1, 59_000)).toBeLessThanOrEqual(31)
    const some = await begunIn(1, 300_000)
    expect(some).toBeGreaterThanOrEqual(90)
    expect(some).toBeLessThanOrEqual(120)
    expect(await begunIn(1, 86_400_000)).toBeGreaterThan(900)
  })

  test('a ping waits for nothing', async () => {
    const { state, one } = world()
    for (let i = 0; i < 10; i++) void one()
    const { at } = state
    await one('webhook.ping')
    expect(state.at).toBe(at)
  })
})

describe('where no run executes', () => {
  test('all go, and none any more at once when one is started', async () => {
    const { state, one, begunIn } = world({ running: 0 })
    for (let i = 0; i < 100; i++) await one()
    expect(state.slept).toEqual([])
    const waiting = Array.from({ length: 10 }, () => one())
    await waiting[4]
    state.running = 1
    const { at } = state
    await Promise.all(waiting)
    expect(state.at - at).toBe(500)
    state.running = 0
    await one()
    expect(state.at - at).toBe(500)
    state.running = 1
    expect(await begunIn(1)).toBeLessThanOrEqual(21)
  })
})

test('a clock that jumps holds nothing back', async () => {
  const { state, begunIn } = world()
  await begunIn(1)
  for (const jump of [-3_600_000, 7_200_000]) {
    state.at += jump
    const count = await begunIn(2)
    expect(count).toBeGreaterThan(30)
    expect(count).toBeLessThanOrEqual(61)
  }
})
