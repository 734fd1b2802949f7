/**
 * The one error type. Anything a caller or a workflow author can act on is a `Problem`; everything else that is thrown is a bug, logged
 * whole and shown as `internal` without its inner text. The HTTP status of each code is the server's business (`server/app.ts`).
 */

/** Codes of a failed request. */
export type RequestProblemCode =
  | 'invalid_request' // malformed or invalid input
  | 'not_authenticated'
  | 'not_allowed'
  | 'not_found' // unknown, or hidden from this caller
  | 'conflict'
  | 'gone'
  | 'precondition_failed' // what was to be changed is not what the caller has seen
  | 'too_large'
  | 'unsupported_media_type'
  | 'invalid_workflow'
  | 'unprocessable' // well-formed, but its parts do not go together
  | 'idempotency_conflict'
  | 'idempotency_in_progress'
  | 'rate_limited'
  | 'unavailable'

/** Codes of a failed run or activity run (contract, section 2). `interrupted` is only ever on an activity run whose run goes on. */
export type RunProblemCode =
  | 'step_failed'
  | 'step_timeout'
  | 'run_timeout'
  | 'input_expired'
  | 'external_timeout'
  | 'browser_crashed'
  | 'login_failed' // the session that the run begins with could not be renewed
  | 'template_error'
  | 'validation_failed'
  | 'cancelled'
  | 'interrupted'
  | 'login_needed' // never seen: the node waits for a login
  | 'internal'

export type ProblemCode = RequestProblemCode | RunProblemCode

/** One thing that is wrong with an input, and where: `path` is written as in JavaScript (`nodes[3].config.url`), '' for the whole. */
export type Fault = { path: string; code: string; message: string }

export class Problem extends Error {
  readonly code: ProblemCode
  /** Facts for the caller: all faults of a validation, what was looked for, the URL of the page. JSON only. */
  readonly details: unknown
  /** Whether another attempt may help. Undefined: the code decides (`retry.ts`). */
  readonly retryable: boolean | undefined
  constructor(code: ProblemCode, message: string, options: { details?: unknown; retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Problem'
    this.code = code
    this.details = options.details
    this.retryable = options.retryable
  }
}

export const problem = (
  code: ProblemCode,
  message: string,
  options?: { details?: unknown; retryable?: boolean; cause?: unknown },
): Problem => new Problem(code, message, options)

/** The problem to show for anything caught; an unknown error becomes `internal`, its text kept only as the cause. */
export const toProblem = (error: unknown): Problem =>
  error instanceof Problem ? error : problem('internal', 'Internal error.', { cause: error })
