import { expect, test } from 'vitest'
import delay from '../../steps/control/delay.ts'
import { fakeContext, faultsOf, problemOf } from '../fake-context.ts'

const run = (config: unknown) => delay.run(fakeContext({ now: () => new Date('2026-03-01T08:00:00.000Z') }), delay.config.parse(config))

const waits: [config: unknown, until: string][] = [
  [{ ms: 1500 }, '2026-03-01T08:00:01.500Z'],
  [{ until: '2026-03-01T08:00:10Z' }, '2026-03-01T08:00:10.000Z'],
  [{ until: '2026-03-01T10:30:00+02:00' }, '2026-03-01T08:30:00.000Z'],
]
test.each(waits)('%j is a timer that ends at %s', async (config, until) => {
  expect(await run(config)).toEqual({ type: 'wait', wait: { type: 'timer', until: new Date(until) } })
})

test.each([{ ms: 0 }, { until: '2020-01-01T00:00:00Z' }])('%j is over at once', async (config) => {
  expect(await run(config)).toEqual({ type: 'done', output: { endedAt: '2026-03-01T08:00:00.000Z' } })
})

test('goes on when the timer ends, perhaps in another process', async () => {
  const later = fakeContext({ now: () => new Date('2026-03-01T08:00:02.000Z') })
  expect(await delay.resume?.(later, delay.config.parse({ ms: 1500 }), { type: 'timer' })).toEqual({
    type: 'done',
    output: { endedAt: '2026-03-01T08:00:02.000Z' },
  })
})

test.each(['tomorrow', '2026-03-01', '2026-03-01T10:00:00'])('fails when until is %s, which names no moment', async (until) => {
  expect(await problemOf(() => run({ until }))).toMatchObject({ code: 'validation_failed', message: expect.stringContaining('with its offset') })
})

test('fails when until is more than a year away', async () => {
  expect(await problemOf(() => run({ until: '2036-01-01T00:00:00Z' }))).toMatchObject({ code: 'validation_failed', message: expect.stringMatching(/must not be more than a year away/) })
})

test.each([{}, { ms: 1, until: '2026-03-01T08:00:00Z' }])('refuses %j: it takes ms or until', (config) => {
  expect(faultsOf(delay.config, config)).toEqual([': must have either ms or until'])
})

test.each([{ ms: -1 }, { ms: 1.5 }, { ms: 366 * 86_400_000 + 1 }])('refuses %j', (config) => {
  expect(faultsOf(delay.config, config)).toEqual([expect.stringMatching(/^ms: /)])
})
