import { z } from 'zod'
import type { SessionFacts } from '../db/sessions.ts'
import { toRunIdentifier } from '../runner/model/id.ts'
import { isFinal } from '../runner/model/run.ts'
import { time } from './json-fields.ts'

export const sessionWire = z
  .object({
    name: z.string(),
    status: z.enum(['empty', 'logging_in', 'logged_in', 'expired']).meta({ description: '`empty`: nobody has logged in yet. `logged_in`: as far as is known.' }),
    workflowId: z.uuid().nullable().meta({ description: 'The LOGIN workflow that renews it.' }),
    workflowIdentifier: z.string().nullable(),
    savedAt: time.nullable(),
    lastCheckedAt: time.nullable().meta({ description: 'When a run last looked whether it is still logged in.' }),
    expiresAt: time.nullable(),
    loginRunId: z.string().nullable().meta({ description: 'The run that logs in, or did last.' }),
    failure: z.object({ at: time, message: z.string() }).nullable().meta({ description: 'Why the last login failed.' }),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Session', description: 'Saved browser state of a logged-in account; what it holds is never told.' })

const iso = (ms: number): string => new Date(ms).toISOString()
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))

const statusOf = ({ loginState, savedAt, expiresAt }: SessionFacts, now: number): z.output<typeof sessionWire>['status'] => {
  if (loginState !== null && !isFinal(loginState)) return 'logging_in'
  if (savedAt === null) return 'empty'
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'logged_in'
}

export type SessionJson = z.output<typeof sessionWire>

/** @param now in milliseconds since 1970 */
export const toSession = (session: SessionFacts, now: number): SessionJson => ({
  name: session.name,
  status: statusOf(session, now),
  workflowId: session.workflowId,
  workflowIdentifier: session.workflowIdentifier,
  savedAt: isoOrNull(session.savedAt),
  lastCheckedAt: isoOrNull(session.checkedAt),
  expiresAt: isoOrNull(session.expiresAt),
  loginRunId: session.loginRunId && toRunIdentifier(session.loginRunId),
  failure: session.failedAt === null ? null : { at: iso(session.failedAt), message: session.failure ?? '' },
  createdAt: iso(session.createdAt),
  updatedAt: iso(session.updatedAt),
})
