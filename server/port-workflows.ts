import type { Db } from '../db/open.ts'
import { getWorkflow, listWorkflows, type StoredWorkflow } from '../db/workflows.ts'
import { problem } from '../runner/model/problem.ts'
import type { Caller } from './caller.ts'
import { isExecutable } from './permissions.ts'

/** In Port's face, a workflow that the caller may not execute is not there. */

const BATCH = 100

/** @throws Problem `not_found`, also when the caller may not execute it */
export const getExecutable = async (db: Db, caller: Caller, idOrIdentifier: string): Promise<StoredWorkflow> => {
  const stored = await getWorkflow(db, caller.org, idOrIdentifier)
  if (!isExecutable(caller, stored.definition)) throw problem('not_found', `No workflow ${idOrIdentifier}.`)
  return stored
}

/** Newest first. Who may is written in each definition, so that all are read; admins may execute all and read a page. */
export const listExecutable = async (
  db: Db,
  caller: Caller,
  { search, limit, offset }: { search?: string | undefined; limit: number; offset: number },
): Promise<{ workflows: StoredWorkflow[]; total: number }> => {
  if (caller.role === 'admin') return listWorkflows(db, { org: caller.org, search, limit, offset })
  const workflows: StoredWorkflow[] = []
  let total = 0
  for (let cursor: string | undefined, more = true; more; ) {
    const { workflows: batch } = await listWorkflows(db, { org: caller.org, search, limit: BATCH, cursor })
    for (const stored of batch) {
      if (!isExecutable(caller, stored.definition)) continue
      if (total >= offset && workflows.length < limit) workflows.push(stored)
      total++
    }
    cursor = batch.at(-1)?.row.id
    more = batch.length === BATCH
  }
  return { workflows, total }
}
