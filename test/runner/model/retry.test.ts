import { expect, test } from 'vitest'
import { problem, type ProblemCode } from '../../../runner/model/problem.ts'
import { isRetryable, retryDelayMs } from '../../../runner/model/retry.ts'
import { NO_RETRY, retrySchema } from '../../../runner/model/workflow.ts'

const backoff = { backoffMs: 1000, backoffFactor: 2, maxBackoffMs: 10_000 }

test.each([
  [1, 1000],
  [2, 2000],
  [3, 4000],
  [4, 8000],
  [5, 10_000],
  [9, 10_000],
  [1000, 10_000],
])('after %i failures the delay is at most %i ms, and any part of it', (failures, most) => {
  expect(retryDelayMs(failures, backoff, 0)).toBe(0)
  expect(retryDelayMs(failures, backoff, 0.5)).toBe(most / 2)
  expect(retryDelayMs(failures, backoff, 0.999_999_9)).toBe(most)
})

test('no backoff is no delay', () => expect(retryDelayMs(3, { ...backoff, backoffMs: 0 }, 0.9)).toBe(0))

test.each<[ProblemCode, boolean]>([
  ['step_failed', true],
  ['step_timeout', true],
  ['browser_crashed', true],
  ['template_error', false],
  ['validation_failed', false],
  ['run_timeout', false],
  ['input_expired', false],
  ['external_timeout', false],
  ['cancelled', false],
  ['internal', false],
])('%s deserves another attempt: %s', (code, retried) => expect(isRetryable(problem(code, 'x'))).toBe(retried))

test('a problem may know better than its code', () => {
  expect(isRetryable(problem('step_failed', 'x', { retryable: false }))).toBe(false)
  expect(isRetryable(problem('internal', 'x', { retryable: true }))).toBe(true)
})

test('a node that says nothing gets one attempt; one that says a little gets the rest from the contract', () => {
  expect(NO_RETRY).toEqual({ maxAttempts: 1, backoffMs: 1000, backoffFactor: 2, maxBackoffMs: 60_000 })
  expect(retrySchema.parse({ maxAttempts: 3 })).toEqual({ maxAttempts: 3, backoffMs: 1000, backoffFactor: 2, maxBackoffMs: 60_000 })
  const bad = [{ maxAttempts: 0 }, { maxAttempts: 11 }, { maxAttempts: 1.5 }, { backoffMs: -1 }, { backoffFactor: 0.5 }, { tries: 2 }]
  expect(bad.filter((given) => retrySchema.safeParse(given).success)).toEqual([])
})
