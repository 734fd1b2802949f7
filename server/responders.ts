import { isShared } from '../runner/model/shared-question.ts'
import { problem } from '../runner/model/problem.ts'
import type { InputRequestRow } from '../db/take-run.ts'
import type { Caller } from './caller.ts'
import { isListed } from './permissions.ts'

/** Who may answer a question, and who counts where several people must. */

type Asked = Pick<InputRequestRow, 'responders' | 'buttons' | 'answers' | 'status' | 'answeredBy'>

/** The person who calls: a user, or whom an API key was made for. Null of a machine, and of what may be anybody's: a link, a call without credentials, a key of nobody. */
const personOf = ({ kind, isMachine, userId, person }: Caller): string | null => (isMachine ? null : kind === 'user' ? userId : (person ?? null))

/** What an answer of this caller is known by. */
export const answererOf = (caller: Caller): string | null => personOf(caller) ?? caller.userId

const isAsked = (caller: Caller, { responders }: Asked): boolean => {
  const { users = [], roles = [], teams = [] } = responders ?? {}
  return users.length + roles.length + teams.length === 0 || caller.role === 'admin' || isListed({ users, roles, teams }, caller)
}

/** Whether an answer of this caller would count: where several people must answer, it has to be a person who is known. */
const counts = (caller: Caller, asked: Asked): boolean => !isShared(asked) || personOf(caller) !== null

/** Whether the question is for this caller: for anybody who may answer at all, unless it names users, roles or teams. @throws Problem `not_allowed` */
export const assertResponder = (caller: Caller, asked: Asked): void => {
  if (!isAsked(caller, asked)) throw problem('not_allowed', 'This question is for others to answer.')
}

/** @throws Problem `not_allowed` when several people must answer and the caller is nobody in particular */
export const assertCounts = (caller: Caller, asked: Asked): void => {
  if (!counts(caller, asked)) throw problem('not_allowed', 'This question needs answers of several people: each has to come with a JWT of their own, or an API key that was made for them (its "person"), and not from a machine.')
}

/** Where a caller stands with a question: whether an answer of theirs would be taken, and whether they have given one. */
export type Standing = { mayAnswer: boolean; hasAnswered: boolean }

export const standingOf = (caller: Caller, asked: Asked): Standing => {
  const by = answererOf(caller)
  const hasAnswered = by !== null && (asked.answeredBy === by || asked.answers.some((answer) => answer.by === by))
  const mayAnswer = asked.status === 'pending' && !hasAnswered && caller.role !== 'viewer' && isAsked(caller, asked) && counts(caller, asked)
  return { mayAnswer, hasAnswered }
}
