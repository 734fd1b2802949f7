import type { Problem, ProblemCode } from './problem.ts'

/** Which problems deserve another attempt, and when (contract, section 5). */
export type Backoff = { backoffMs: number; backoffFactor: number; maxBackoffMs: number }

/** Timeouts, a crashed page and failures of a step may pass; a template or a validation fault will not, nor will a deadline of the whole run. */
const RETRYABLE: Partial<Record<ProblemCode, true>> = { step_failed: true, step_timeout: true, browser_crashed: true }

export const isRetryable = (problem: Problem): boolean => problem.retryable ?? RETRYABLE[problem.code] ?? false

/**
 * Delay before the attempt after `failures` failed ones (at least 1), in milliseconds. Grows from `backoffMs` by `backoffFactor` up to
 * `maxBackoffMs`; full jitter, so that runs that failed together do not come back together.
 *
 * @param random in [0, 1); a parameter so that tests can fix it
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export const retryDelayMs = (failures: number, { backoffMs, backoffFactor, maxBackoffMs }: Backoff, random: number): number =>
  Math.round(random * Math.min(maxBackoffMs, backoffMs * backoffFactor ** (failures - 1)))
