import type { Page } from 'playwright-core'
import { claimLogin } from '../db/session-logins.ts'
import { loginSession, noteSession, readSession, type SessionRow } from '../db/sessions.ts'
import type { TakenRun } from '../db/take-run.ts'
import { getWorkflowOfRun } from '../db/workflows.ts'
import type { BrowserState } from './browser-state.ts'
import { isLoggedIn, loggedInSchema } from './logged-in.ts'
import { Problem, problem } from './model/problem.ts'
import { evaluateTemplates, type Variables } from './model/template.ts'
import type { Workflow } from './model/workflow.ts'
import type { Parts } from './parts.ts'
import type { RunMemory } from './run-memory.ts'

/**
 * How the browser of a run begins that has no checkpoint yet: with a copy of its session that is known to be logged in. And how one goes on
 * that was away: the portal may have ended its login meanwhile.
 */
export type SessionStart = {
  session: string
  /** Whether the run itself is to log in. */
  logsIn: boolean
  /** What to begin with. @throws Problem `login_needed` when somebody must log in first, or is at it */
  load(): Promise<BrowserState | null>
  /** Looks whether the copy is still logged in. @throws Problem `login_needed` when it is not, `login_failed` when it is not although a login has just ended well */
  check(page: Page, signal: AbortSignal): Promise<void>
  /** Looks whether the run is still logged in itself, in a browser that has its last checkpoint; true where nothing says how to see that. */
  isStill(page: Page, signal: AbortSignal): Promise<boolean>
  /** When the copy was saved that was loaded last; null when there was none. */
  savedAt(): number | null
  /** The run that it has waited for has logged in. */
  renewed(): void
}

type Tools = Pick<Parts, 'db' | 'seal' | 'jq' | 'now'>
type Say = (level: 'INFO' | 'WARN', message: string) => void

/** What tells `attempt` that the node cannot go on before somebody has logged in. */
const loginNeeded = (why: string): Problem => problem('login_needed', why, { retryable: false })

export const isLoginNeeded = (error: unknown): error is Problem => error instanceof Problem && error.code === 'login_needed'

const started = (ms: number): string => new Date(ms).toISOString()

/** Null when the run names no session. */
export const createSessionStart = ({ db, seal, jq, now }: Tools, { run, definition }: TakenRun, memory: RunMemory, say: Say): SessionStart | null => {
  const { org } = run
  const own = loginSession(definition)
  const session = own ?? definition.settings?.session ?? null
  if (session === null) return null
  let row: SessionRow | null = null
  let wasRenewed = false

  /** The run's own check, else that of the workflow that logs in, with the variables of whichever it is. */
  const readCheck = async () => {
    const find = async (): Promise<{ given: unknown; variables: Variables } | null> => {
      if (definition.settings?.loggedIn) return { given: definition.settings.loggedIn, variables: memory.top.variables }
      if (!row?.workflowId) return null
      const login: Workflow = (await getWorkflowOfRun(db, row.workflowId, 'latest')).definition
      const envs = Object.fromEntries((login.envs ?? []).map(({ name, value }) => [name, value]))
      return login.settings?.loggedIn ? { given: login.settings.loggedIn, variables: { envs } } : null
    }
    const found = await find()
    if (!found) return null
    const { value } = await evaluateTemplates(found.given, found.variables, jq.evaluateAll, { path: 'settings.loggedIn', secrets: memory.secrets.paths })
    const parsed = loggedInSchema.safeParse(value)
    if (!parsed.success) throw problem('validation_failed', `The check of the session "${session}" is not valid: settings.loggedIn.${parsed.error.issues[0]?.path.join('.')} ${parsed.error.issues[0]?.message}`)
    return parsed.data
  }

  const over = (why: string): Problem => (wasRenewed ? problem('login_failed', `${why} The login before it ended well all the same: its workflow does not log in to what the check looks at.`, { retryable: false }) : loginNeeded(why))

  const copy = async (): Promise<BrowserState | null> => {
    row = await readSession(db, org, session)
    if (!row) {
      say('WARN', `There is no session "${session}", and no workflow logs in to it: the run begins without one.`)
      return null
    }
    const { sealed, savedAt, expiresAt, workflowId } = row
    if (!sealed) throw over(`Nobody has logged in to the session "${session}" yet.`)
    // However soon it is to be renewed: just now it was.
    const isOld = expiresAt !== null && expiresAt <= now() && !wasRenewed
    if (isOld && workflowId !== null) throw over(`The session "${session}" has expired.`)
    say(isOld ? 'WARN' : 'INFO', `Began with a copy of the session "${session}", saved ${started(savedAt ?? 0)}.${isOld ? ' It has expired, and no workflow renews it.' : ''}`)
    return seal.unseal<BrowserState>(sealed)
  }

  return {
    session,
    logsIn: own !== null,
    load: async () => {
      if (own === null) return copy()
      // Where it is still logged in there would be no login page: it begins without anything.
      if (await claimLogin(db, { org, session, workflowId: run.workflowId, runId: run.id, at: now() })) return null
      throw loginNeeded(`Another run logs in to the session "${session}".`)
    },
    check: async (page, signal) => {
      if (own !== null || !row?.sealed || row.savedAt === null) return
      const wanted = await readCheck()
      if (!wanted) return
      const loggedIn = await isLoggedIn(page, wanted, signal)
      await noteSession(db, org, session, { savedAt: row.savedAt, loggedIn, at: now() })
      if (!loggedIn && row.workflowId !== null) throw over(`The session "${session}" is not logged in any more.`)
      if (!loggedIn) throw problem('login_failed', `The session "${session}" is not logged in any more, and no workflow renews it.`, { retryable: false })
    },
    isStill: async (page, signal) => {
      if (own !== null) return true
      row = await readSession(db, org, session)
      const wanted = row && (await readCheck())
      return !wanted || isLoggedIn(page, wanted, signal)
    },
    savedAt: () => row?.savedAt ?? null,
    renewed: () => {
      wasRenewed = true
    },
  }
}
