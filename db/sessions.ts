import { and, asc, eq, getTableColumns, isNull, ne } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import type { RunState } from '../runner/model/run.ts'
import type { Workflow } from '../runner/model/workflow.ts'
import type { Db, Query } from './open.ts'
import { runs, sessions, workflows } from './schema.ts'
import { openLogin } from './session-logins.ts'

export type SessionRow = typeof sessions.$inferSelect
/** What may be told of a session. `loginState`: of the run that logs in, or did last. */
export type SessionFacts = Omit<SessionRow, 'sealed'> & { workflowIdentifier: string | null; loginState: RunState | null }

const at = (org: string, name: string) => and(eq(sessions.org, org), eq(sessions.name, name))

export const readSession = (db: Db, org: string, name: string): Promise<SessionRow | null> =>
  db.read(async (query) => {
    const [found] = await query.select().from(sessions).where(at(org, name))
    return found ?? null
  })

type Saved = {
  org: string
  name: string
  /** The LOGIN workflow that has logged in; undefined when another one has saved it. */
  workflowId?: string | undefined
  /** The run that saves it. */
  runId: string
  sealed: Buffer
  expiresAt: number | null
  at: number
}

/**
 * Saves a session whole; an earlier one of that name is replaced.
 * @throws Problem `step_failed` while another run logs in: what that one saves counts
 */
export const saveSession = (db: Db, { org, name, workflowId, runId, sealed, expiresAt, at: savedAt }: Saved): Promise<void> =>
  db.write(async (tx) => {
    const [before] = await tx.select({ loginRunId: sessions.loginRunId }).from(sessions).where(at(org, name))
    const open = await openLogin(tx, before?.loginRunId ?? null)
    if (open !== null && open !== runId) throw problem('step_failed', `Another run logs in to the session "${name}" at present: what that one saves counts.`)
    const set = { sealed, savedAt, checkedAt: null, expiresAt, failedAt: null, failure: null, updatedAt: savedAt, ...(workflowId === undefined ? {} : { workflowId }) }
    await tx
      .insert(sessions)
      .values({ org, name, createdAt: savedAt, ...set })
      .onConflictDoUpdate({ target: [sessions.org, sessions.name], set })
  })

/** Says what a run has seen of the copy that was saved at `savedAt`; nothing when another one is there by now. */
export const noteSession = (db: Db, org: string, name: string, { savedAt, loggedIn, at: seenAt }: { savedAt: number; loggedIn: boolean; at: number }): Promise<void> =>
  db.write(async (tx) => {
    await tx
      .update(sessions)
      .set({ checkedAt: seenAt, ...(loggedIn ? {} : { expiresAt: seenAt }) })
      .where(and(at(org, name), eq(sessions.savedAt, savedAt)))
  })

/** The session that a LOGIN workflow saves; null for any other. */
export const loginSession = ({ type, settings, identifier }: Workflow): string | null => (type === 'LOGIN' ? (settings?.session ?? identifier) : null)

/**
 * Keeps which workflow renews which session; in the transaction that saves or deletes it. Of two for one session the later counts.
 * @param definition null when it is deleted
 */
export const setLoginIn = async (tx: Query, owner: { id: string; org: string }, definition: Workflow | null, now: number): Promise<void> => {
  const name = definition && loginSession(definition)
  const others = and(eq(sessions.workflowId, owner.id), name === null ? undefined : ne(sessions.name, name))
  await tx.delete(sessions).where(and(others, isNull(sessions.sealed)))
  await tx.update(sessions).set({ workflowId: null, updatedAt: now }).where(others)
  if (name === null) return
  await tx
    .insert(sessions)
    .values({ org: owner.org, name, workflowId: owner.id, createdAt: now, updatedAt: now })
    // Whoever saves it may have mended what kept it from logging in.
    .onConflictDoUpdate({ target: [sessions.org, sessions.name], set: { workflowId: owner.id, failedAt: null, failure: null, updatedAt: now } })
}

const { sealed: _contents, ...columns } = getTableColumns(sessions)

const select = (query: Query) =>
  query
    .select({ ...columns, workflowIdentifier: workflows.identifier, loginState: runs.state })
    .from(sessions)
    .leftJoin(workflows, eq(workflows.id, sessions.workflowId))
    .leftJoin(runs, eq(runs.id, sessions.loginRunId))

/** @throws Problem `not_found` */
export const getSession = (db: Db, org: string, name: string): Promise<SessionFacts> =>
  db.read(async (query) => {
    const [found] = await select(query).where(at(org, name))
    if (!found) throw problem('not_found', `No session ${name}.`)
    return found
  })

/** By name. */
export const listSessions = (db: Db, org: string, { limit, offset }: { limit: number; offset: number }): Promise<{ sessions: SessionFacts[]; total: number }> =>
  db.read(async (query) => ({
    sessions: await select(query).where(eq(sessions.org, org)).orderBy(asc(sessions.name)).limit(limit).offset(offset),
    total: await query.$count(sessions, eq(sessions.org, org)),
  }))

/** Forgets what a session holds; that of a LOGIN workflow stays, empty. @throws Problem `not_found` */
export const forgetSession = (db: Db, org: string, name: string, now: number): Promise<void> =>
  db.write(async (tx) => {
    const [found] = await tx.select({ workflowId: sessions.workflowId }).from(sessions).where(at(org, name))
    if (!found) throw problem('not_found', `No session ${name}.`)
    if (found.workflowId === null) await tx.delete(sessions).where(at(org, name))
    else await tx.update(sessions).set({ sealed: null, savedAt: null, checkedAt: null, expiresAt: null, failedAt: null, failure: null, updatedAt: now }).where(at(org, name))
  })
