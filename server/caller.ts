import type { Viewer } from '../db/runs.ts'
import { problem } from '../runner/model/problem.ts'
import type { StartedBy } from '../runner/started-by.ts'

export const ROLES = ['viewer', 'member', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Who calls (contract, section 4). */
export type Caller = {
  /** `internal` came without credentials from a trusted network, `hook` by the address of a workflow, `link` by that of a question. */
  kind: 'user' | 'key' | 'internal' | 'hook' | 'link'
  org: string
  /** The user, or the API key; null for an internal caller. */
  userId: string | null
  role: Role
  /** A machine is a member that may also complete and claim node runs. */
  isMachine: boolean
  /** Whom an API key was made for, as their JWTs call them (`sub`). */
  person?: string
  /** What a JWT tells of a user, for the permissions of workflows. */
  email?: string
  teams?: readonly string[]
  /** What a link was made for. */
  cameFor?: { type: string; id: string }
}

/** Who starts something, as far as that is known: of what starts by itself, no more than the id of whoever set it up. */
export const startedBy = ({ userId, email, teams }: Pick<Caller, 'userId' | 'email' | 'teams'>): StartedBy => ({ id: userId, email: email ?? null, teams: teams ?? [] })

/** @throws Problem `not_allowed` */
export const assertRole = (caller: Caller, least: Role): void => {
  if (ROLES.indexOf(caller.role) < ROLES.indexOf(least)) throw problem('not_allowed', `This needs the role ${least}; the caller is ${caller.role}.`)
}

/** What other systems do for a run is reported by machines, or by an admin in their place. @throws Problem `not_allowed` */
export const assertMachine = (caller: Caller): void => {
  if (!caller.isMachine && caller.role !== 'admin') throw problem('not_allowed', 'This is for machines: a key made with --machine, a JWT with isMachine, or an admin.')
}

/** Whether a run was made by the caller, or by nobody: by its time, or by an entity. */
const isOwn = (caller: Caller, createdBy: string | null): boolean => createdBy === null || createdBy === caller.userId || createdBy.startsWith('hook:')

/** Stopping a run and doing it again, with what it was given, is for who made it, and for admins. @throws Problem `not_allowed` */
export const assertManages = (caller: Caller, { createdBy }: { createdBy: string | null }): void => {
  if (caller.role !== 'admin' && !isOwn(caller, createdBy)) throw problem('not_allowed', 'The run is somebody else’s: only who made it, or an admin, may do that.')
}

/** What of the org's runs the caller may see: a workflow can hide its runs from all but their creators, admins and machines. */
export const viewerOf = (caller: Caller): Viewer => ({ org: caller.org, userId: caller.userId, seesAllRuns: caller.role === 'admin' || caller.isMachine })
