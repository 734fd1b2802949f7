import { expect, test } from 'vitest'
import { latestTimes, momentOf, nextTimes } from '../../steps/lib/cron.ts'
import scheduleTrigger from '../../steps/triggers/schedule-trigger.ts'
import { fakeContext, faultsOf } from '../fake-context.ts'

test('is done at once, and has defaults', async () => {
  const config = scheduleTrigger.config.parse({ cron: '0 9 * * 1-5' })
  expect(config).toEqual({ cron: '0 9 * * 1-5', timezone: 'UTC', inputs: {}, overlap: 'skip', catchUp: 'latest', published: true })
  expect(await scheduleTrigger.run(fakeContext(), config)).toEqual({ type: 'done', output: undefined })
})

test.each(['* * * * *', '*/10 * * * * *', '@hourly', '@daily', '0 9 1 * *', '0 9 * JAN MON', '0 0 29 2 *'])('takes %s', (cron) => {
  expect(faultsOf(scheduleTrigger.config, { cron })).toEqual([])
})

test.each([
  [{ cron: '61 * * * *' }, /^cron: is no cron pattern: Invalid value for minute/],
  [{ cron: '* * *' }, /^cron: is no cron pattern/],
  [{ cron: '@never' }, /^cron: is no cron pattern/],
  [{ cron: '0 0 30 2 *' }, /^cron: never comes/],
  [{ cron: '2026-01-01T00:00:00' }, /^cron: must be a cron pattern, not a date/],
  [{ cron: '* * * * *', timezone: 'Europe/Atlantis' }, /^timezone: is no IANA time zone/],
  [{ cron: '* * * * *', zone: 'UTC' }, /zone/],
  [{ cron: '* * * * *', overlap: 'both' }, /^overlap: /],
])('refuses %j', (config, fault) => {
  expect(faultsOf(scheduleTrigger.config, config)).toEqual([expect.stringMatching(fault)])
})

const at = (text: string) => Date.parse(text)

test.each([
  ['the clocks go forward', '0 9 * * *', 'America/New_York', '2026-03-07T14:00:00Z', '2026-03-08T13:00:00Z'],
  ['a time that is jumped over', '30 2 * * *', 'Europe/Berlin', '2026-03-28T01:30:00Z', '2026-03-29T01:00:00Z'],
  ['and the day after', '30 2 * * *', 'Europe/Berlin', '2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z'],
  ['a time that comes twice', '30 2 * * *', 'Europe/Berlin', '2026-10-24T00:30:00Z', '2026-10-25T00:30:00Z'],
  ['is not taken twice', '30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
  ['a day that is in few years', '0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00Z'],
])('%s', (_name, cron, timezone, after, next) => {
  expect(nextTimes({ cron, timezone }, at(after), 1)).toEqual([at(next)])
})

test.each([
  ['2026-01-05T08:59:59.999Z', '2026-01-04T09:00:00Z'],
  ['2026-01-05T09:00:00.000Z', '2026-01-05T09:00:00Z'],
  ['2026-01-07T12:00:00.000Z', '2026-01-07T09:00:00Z'],
])('at %s the latest time was %s', (now, latest) => {
  expect(latestTimes({ cron: '0 9 * * *', timezone: 'UTC' }, at(now), 1)).toEqual([at(latest)])
})

test.each([
  ['30 2 * * *', '2026-03-27T12:00:00Z', '2026-03-31T12:00:00Z'],
  ['30 2 * * *', '2026-10-23T12:00:00Z', '2026-10-28T12:00:00Z'],
  ['*/20 1-3 * * *', '2026-03-28T20:00:00Z', '2026-03-29T20:00:00Z'],
  ['*/20 1-3 * * *', '2026-10-24T20:00:00Z', '2026-10-25T20:00:00Z'],
])('%s: looked at from its end, a change of the clocks gives the same times as from its start', (cron, start, end) => {
  const schedule = { cron, timezone: 'Europe/Berlin' }
  const forwards = nextTimes(schedule, at(start), 100).filter((time) => time <= at(end))
  expect(forwards.length).toBeGreaterThan(3)
  expect(latestTimes(schedule, at(end), forwards.length)).toEqual(forwards)
})

test.each([
  ['2026-07-01T09:00:00Z', 'Europe/Berlin', '2026-07-01T09:00:00.000Z'],
  ['2026-07-01T09:00:00+05:30', 'Europe/Berlin', '2026-07-01T03:30:00.000Z'],
  ['2026-07-01T09:00:00', 'Europe/Berlin', '2026-07-01T07:00:00.000Z'],
  ['2026-01-01T09:00', 'Europe/Berlin', '2026-01-01T08:00:00.000Z'],
  ['2026-03-29T02:30:00', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
  ['2026-10-25T02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
  ['2026-02-30T09:00:00', 'UTC', null],
  ['2026-02-30T09:00:00Z', 'UTC', null],
  ['2026-13-01T09:00:00', 'UTC', null],
  ['2026-01-01T09:00:00+99:00', 'UTC', null],
])('%s in %s is %s', (text, timezone, moment) => {
  const time = momentOf(text, timezone)
  expect(time === null ? null : new Date(time).toISOString()).toBe(moment)
})
