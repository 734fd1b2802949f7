import { createHash } from 'node:crypto'
import { nanoid } from 'nanoid'
import { findHook } from '../db/workflow-hooks.ts'
import { problem } from '../runner/model/problem.ts'
import type { Caller } from './caller.ts'
import type { Services } from './start.ts'

/** The URL of a workflow is its own credential: whoever has it may start that workflow, and do nothing else. */

/** At 6 random bits each, as many as 32 bytes hold: it cannot be guessed, and its hash tells nothing. */
const CHARACTERS = 43

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

export const newHookToken = (): { token: string; hash: string } => {
  const token = `hk_${nanoid(CHARACTERS)}`
  return { token, hash: hashOf(token) }
}

/**
 * The workflow that a URL starts. It is looked up by hash, so how long that takes says nothing of the token.
 * @throws Problem `not_found`
 */
export const hookOf = async ({ db }: Pick<Services, 'db'>, token: string): Promise<{ org: string; workflowId: string }> => {
  const found = await findHook(db, hashOf(token))
  if (!found) throw problem('not_found', 'There is no such hook.')
  return found
}

/** Who calls a hook: a member, so that a workflow which only admins may execute stays theirs. */
export const hookCaller = async (services: Services, { token }: Record<string, string>): Promise<Caller> => {
  const { org, workflowId } = await hookOf(services, token ?? '')
  return { kind: 'hook', org, userId: `hook:${workflowId}`, role: 'member', isMachine: false }
}
