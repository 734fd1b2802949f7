import type { InputRequestRow } from '../db/take-run.ts'
import type { Submitted, Wake } from '../steps/lib/step.ts'
import type { Advance } from './advance.ts'
import { isLoop } from './model/node-kind.ts'
import { collectSecretValues } from './model/secret-paths.ts'
import { isShared, type GivenAnswer } from './model/shared-question.ts'
import type { Scope, Seen } from './run-memory.ts'
import { unsealAnswers } from './sealed-answers.ts'

/** A node that waits: for a person, a timer or another system. */
export type Pending = {
  seen: Seen
  /** What has ended the wait; null while it lasts. */
  wake: Wake | null
  /** When it ends by itself, in milliseconds since 1970. */
  dueAt: number | null
  /** Whether a person is asked. */
  asks: boolean
}

/** @param index among the question's answers; the last one is -1 */
const submitted = (run: Advance, { schema, sealedValues }: InputRequestRow, { values: shown, by, at, button, comments }: GivenAnswer, index: number): Submitted => {
  const values = unsealAnswers(run.parts.seal, sealedValues).at(index) ?? shown
  run.memory.secrets.learn(collectSecretValues(schema, values))
  return { values, button, comments, submittedBy: by, submittedAt: new Date(at).toISOString() }
}

const pendingOf = (run: Advance, seen: Seen): Pending => {
  const now = run.parts.now()
  const request = run.taken.inputRequests.find((asked) => asked.activityRunId === seen.id)
  const report = run.taken.reports.get(seen.id)
  const isDue = seen.dueAt !== null && seen.dueAt <= now
  if (report) {
    const { result, message, sealedOutput } = report
    const output = sealedOutput ? run.parts.seal.unseal(sealedOutput) : report.output
    return { seen, wake: { type: 'external', result, output, message }, dueAt: seen.dueAt, asks: false }
  }
  const timer: Wake = { type: 'timer', ...(seen.memo ? { memo: seen.memo } : {}) }
  if (!request) return { seen, wake: isDue ? (seen.waitsFor === 'timer' ? timer : { type: 'expired' }) : null, dueAt: seen.dueAt, asks: false }
  const over = request.expiresAt <= now || request.status === 'expired'
  const wake: Wake | null =
    request.status === 'answered'
      ? {
          type: 'answer',
          ...submitted(run, request, { values: request.values ?? {}, button: request.button, comments: request.comments, by: request.answeredBy, at: request.answeredAt ?? now }, -1),
          ...(isShared(request) && { answers: request.answers.map((answer, index) => submitted(run, request, answer, index)) }),
        }
      : over
        ? { type: 'expired' }
        : null
  return { seen, wake, dueAt: request.expiresAt, asks: true }
}

/** The activity runs whose wait has ended. */
export const knownOf = (pending: readonly Pending[]): Set<string> => new Set(pending.filter(({ wake }) => wake).map(({ seen }) => seen.id))

/** What waits where `iteration` begins so: in the rounds of a loop, or one of them. */
export const pendingInside = (run: Advance, iteration: string): Pending[] => pendingNodes(run, null).filter(({ seen }) => seen.iteration?.startsWith(iteration))

/** What waits in a scope and in the loops of it. */
export const pendingBelow = (run: Advance, { iteration }: Scope): Pending[] =>
  pendingNodes(run, null).filter(({ seen }) => iteration === null || seen.iteration === iteration || seen.iteration?.startsWith(`${iteration}.`))

/** What waits in a scope; in all of them when `scope` is null. Loops do not wait themselves: what they run does. */
export const pendingNodes = (run: Advance, scope: Scope | null): Pending[] =>
  [...run.memory.open]
    .filter((seen) => seen.status === 'waiting' && !isLoop(seen.type) && (scope === null || seen.iteration === scope.iteration))
    .map((seen) => pendingOf(run, seen))
