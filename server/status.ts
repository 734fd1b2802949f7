import type { ProblemCode } from '../runner/model/problem.ts'

/** The HTTP status of each problem. What is not here is a bug: 500, and its text stays in the log. */
const STATUS: Partial<Record<ProblemCode, number>> = {
  invalid_request: 400,
  validation_failed: 400,
  template_error: 400,
  not_authenticated: 401,
  not_allowed: 403,
  not_found: 404,
  conflict: 409,
  idempotency_conflict: 409,
  idempotency_in_progress: 409,
  gone: 410,
  precondition_failed: 412,
  too_large: 413,
  unsupported_media_type: 415,
  invalid_workflow: 422,
  unprocessable: 422,
  rate_limited: 429,
  unavailable: 503,
}

export const statusOf = (code: ProblemCode): number => STATUS[code] ?? 500
