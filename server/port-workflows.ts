import type { Db } from '../db/open.ts'
import { getWorkflow, listAllowedWorkflows, listWorkflows, type StoredWorkflow } from '../db/workflows.ts'
import { problem } from '../runner/model/problem.ts'
import type { Caller } from './caller.ts'
import { isExecutable, mayExecute } from './permissions.ts'

/** In Port's face, a workflow that the caller may not execute is not there. */

/** @throws Problem `not_found`, also when the caller may not execute it */
export const getExecutable = async (db: Db, caller: Caller, idOrIdentifier: string): Promise<StoredWorkflow> => {
  const stored = await getWorkflow(db, caller.org, idOrIdentifier)
  if (!isExecutable(caller, stored.definition)) throw problem('not_found', `No workflow ${idOrIdentifier}.`)
  return stored
}

/** Newest first. */
export const listExecutable = (
  db: Db,
  caller: Caller,
  page: { search?: string | undefined; limit: number; offset: number },
): Promise<{ workflows: StoredWorkflow[]; total: number }> =>
  caller.role === 'admin' ? listWorkflows(db, { org: caller.org, ...page }) : listAllowedWorkflows(db, { org: caller.org, ...page }, (permissions) => mayExecute(permissions, caller))
