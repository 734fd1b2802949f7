import { expect, test } from 'vitest'
import { againFrom } from '../../web/again.ts'
import { cronWords } from '../../web/cron-words.ts'

test.each([
  ['30 6 * * 1-5', 'Monday to Friday at 6:30'],
  ['0 7 * * *', 'Every day at 7:00'],
  ['@daily', 'Every day at 0:00'],
  ['0 8,17 * * 1', 'Mondays at 8:00 and 17:00'],
  ['0 7 * * 0,6', 'Sundays and Saturdays at 7:00'],
  ['0 7 1 * *', 'On day 1 of each month at 7:00'],
  ['0 * * * *', 'Every hour'],
  ['5 * * * *', 'Every hour at :05'],
  ['*/15 * * * *', 'Every 15 minutes'],
  // What the words cannot say is left to the pattern.
  ['*/15 8-17 * * *', null],
  ['0 7 1 * 1', null],
  ['0 7 * 1 *', null],
  ['0 0 7 * * *', null],
  ['*/7 * * * *', null],
  ['0 7 L * *', null],
])('%s: %s', (cron, words) => {
  expect(cronWords(cron)).toBe(words)
})

test('from inside of a loop one goes on where it failed, else with the loop', () => {
  const run = { state: 'FAILED' as const, error: { code: 'step_failed', message: 'No.', stepId: 'inner', activityRunId: 'b', attempt: 1 } }
  const step = (id: string, iteration: string | null, kind: 'step' | 'trigger' = 'step') => ({ id, stepId: 'inner', iteration, kind })
  expect(againFrom(run, step('a', null))).toMatchObject({ from: { fromStepId: 'inner' } })
  expect(againFrom(run, step('b', 'each[1].more[0]'))).toMatchObject({ from: { fromFailure: true } })
  expect(againFrom(run, step('c', 'each[0].more[2]'))).toMatchObject({ from: { fromStepId: 'each' } })
  expect(againFrom(run, step('d', null, 'trigger'))).toBeNull()
  expect(againFrom({ ...run, state: 'IN_PROGRESS' }, step('a', null))).toBeNull()
})
