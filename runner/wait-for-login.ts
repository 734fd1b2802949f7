import { LOGIN_HOLD_MS, waitForLogin, type LoginWait } from '../db/session-logins.ts'
import type { Change } from '../db/change.ts'
import type { NewRun } from '../db/create-run.ts'
import { readSession } from '../db/sessions.ts'
import { getWorkflowOfRun } from '../db/workflows.ts'
import type { Advance } from './advance.ts'
import { checkInputs } from './inputs.ts'
import { toRunIdentifier } from './model/id.ts'
import { selfServeTrigger, whyNoCallStarts } from './model/node-kind.ts'
import { Problem, problem } from './model/problem.ts'
import type { UserInputs } from './model/user-inputs.ts'
import { newRun } from './new-run.ts'
import type { Seen } from './run-memory.ts'
import type { SessionStart } from './session-start.ts'

/** Has a node wait for a run that logs in, which is started where nobody is at it. */

/** A run of the workflow that logs in to a session; null when there is none. @throws Problem `login_failed` when it cannot be started by itself */
const newLogin = async ({ parts, taken }: Advance, session: string): Promise<NewRun | null> => {
  const row = await readSession(parts.db, taken.run.org, session)
  if (!row?.workflowId) return null
  const stored = await getWorkflowOfRun(parts.db, row.workflowId, 'latest')
  const cannot = (why: string) => problem('login_failed', `"${stored.row.identifier}", which logs in to the session "${session}", cannot be started by itself: ${why}`, { retryable: false })
  const trigger = selfServeTrigger(stored.definition)
  if (!trigger) throw cannot(`it ${whyNoCallStarts(stored.definition)}.`)
  const userInputs = trigger.config.userInputs as UserInputs | undefined
  const { values } = await checkInputs(userInputs, {}, { coerce: false, jq: parts.jq }).catch((error: unknown) => {
    throw error instanceof Problem ? cannot(error.message) : error
  })
  return newRun(stored, parts.seal, { id: parts.newId(), trigger: trigger.identifier, userInputs, inputs: values, envs: {}, createdBy: taken.run.createdBy })
}

const changesOf = (seen: Seen, session: string, why: string) => (loginRunId: string): Change[] => {
  const workflowRunId = toRunIdentifier(loginRunId)
  return [
    { event: { type: 'activity.waiting', activityId: seen.id, waitsFor: 'session', dueAt: null } },
    { event: { type: 'activity.updated', activityId: seen.id, outputs: { waitsFor: { session, workflowRunId } }, externalRunId: loginRunId } },
    { event: { type: 'log', activityId: seen.id, level: 'INFO', message: `${why} It waits for ${workflowRunId}, which logs in.`, tags: { session } } },
  ]
}

/**
 * @param why what was found, for the log
 * @returns whether the node waits now; else it may look again at once
 * @throws Problem `login_failed` when nobody can log in
 */
export const waitForSession = async (run: Advance, start: SessionStart, seen: Seen, why: string): Promise<boolean> => {
  const { parts, taken } = run
  const { session, logsIn } = start
  const failed = (message: string) => problem('login_failed', message, { retryable: false })
  const waiter = { org: taken.run.org, session, runId: run.runId, fence: taken.run.fence, waiting: changesOf(seen, session, why), at: parts.now() }
  const answer: LoginWait = await waitForLogin(parts.db, parts.followers, waiter, { savedAt: start.savedAt(), login: logsIn ? null : await newLogin(run, session) })
  switch (answer.type) {
    case 'waiting':
      if (answer.started) parts.poke(answer.loginRunId)
      seen.waitsFor = 'session'
      seen.dueAt = null
      return true
    case 'circle':
      throw failed(`The run that logs in to the session "${session}" waits for this one: what it starts cannot begin with that session.`)
    case 'renewed':
      return false
    default:
      // What is to log in itself waits for nobody's failure but its own.
      if (logsIn) return false
      if (answer.type === 'nobody') throw failed(why)
      throw failed(
        `${why} The login failed at ${new Date(answer.failedAt).toISOString()}: ${answer.failure} It is not tried again by itself for ${LOGIN_HOLD_MS / 60_000} minutes; a run of the workflow that logs in may be started before.`,
      )
  }
}

/** What a login has come to, for the node that waited: null when it may go on. */
export const afterLogin = (start: SessionStart | null, { result, message }: { result: string; message: string | null }): Problem | null => {
  // Whoever logs in itself only waited for its turn.
  if (!start || start.logsIn) return null
  if (result !== 'SUCCESS') return problem('login_failed', `The login to the session "${start.session}" ${result === 'CANCELLED' ? 'was cancelled' : 'failed'}${message ? `: ${message}` : '.'}`, { retryable: false })
  start.renewed()
  return null
}
