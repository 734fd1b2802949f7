import { and, desc, eq, inArray, isNull, like, lt, or, sql, type SQL } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import { waysIn, type Permissions } from '../runner/model/permissions.ts'
import type { Workflow } from '../runner/model/workflow.ts'
import type { Db, Query } from './open.ts'
import { workflows, workflowVersions } from './schema.ts'
import { setLoginIn } from './sessions.ts'
import { setTriggersIn } from './workflow-triggers.ts'

export type WorkflowRow = typeof workflows.$inferSelect
/** A workflow in one of its versions. */
export type StoredWorkflow = { row: WorkflowRow; version: number; definition: Workflow }
export type VersionRow = Omit<typeof workflowVersions.$inferSelect, 'definition'>

const storedWaysIn = (definition: Workflow): Permissions | (Permissions | null)[] | null => {
  const [only = null, ...others] = waysIn(definition)
  return others.length === 0 ? only : [only, ...others]
}

const columns = (definition: Workflow) => ({
  identifier: definition.identifier,
  title: definition.title ?? null,
  permissions: storedWaysIn(definition),
  allowAnyoneToViewRuns: definition.allowAnyoneToViewRuns,
})

const assertFree = async (tx: Query, org: string, identifier: string, except: string | null): Promise<void> => {
  const [taken] = await tx
    .select({ id: workflows.id })
    .from(workflows)
    .where(and(eq(workflows.org, org), eq(workflows.identifier, identifier), isNull(workflows.deletedAt)))
  if (taken && taken.id !== except) throw problem('conflict', `There is a workflow with the identifier "${identifier}" already.`)
}

const find = async (tx: Query, org: string, idOrIdentifier: string): Promise<WorkflowRow | null> => {
  // An identifier may look like a UUID; the id wins.
  const rows = await tx
    .select()
    .from(workflows)
    .where(and(eq(workflows.org, org), or(eq(workflows.id, idOrIdentifier.toLowerCase()), eq(workflows.identifier, idOrIdentifier)), isNull(workflows.deletedAt)))
  return rows.find((row) => row.id === idOrIdentifier.toLowerCase()) ?? rows[0] ?? null
}

const addVersion = async (tx: Query, row: WorkflowRow, definition: Workflow, by: string | null, at: number): Promise<StoredWorkflow> => {
  await tx.insert(workflowVersions).values({ workflowId: row.id, version: row.version, definition, createdBy: by, createdAt: at })
  await setTriggersIn(tx, row, definition, at)
  await setLoginIn(tx, row, definition, at)
  return { row, version: row.version, definition }
}

/** @throws Problem `conflict` when the identifier is taken */
export const createWorkflow = (
  db: Db,
  { id, org, definition, by, at }: { id: string; org: string; definition: Workflow; by: string | null; at: number },
): Promise<StoredWorkflow> =>
  db.write(async (tx) => {
    await assertFree(tx, org, definition.identifier, null)
    const row: WorkflowRow = { id, org, ...columns(definition), version: 1, createdBy: by, createdAt: at, updatedAt: at, deletedAt: null }
    await tx.insert(workflows).values(row)
    return addVersion(tx, row, definition, by, at)
  })

/**
 * Saves a new version that was made from version `from`.
 * @returns null when there is a newer one by now: make the change again on top of that
 * @throws Problem `not_found`, or `conflict` when the new identifier is taken
 */
export const updateWorkflow = (
  db: Db,
  { org, id, from, definition, by, at }: { org: string; id: string; from: number; definition: Workflow; by: string | null; at: number },
): Promise<StoredWorkflow | null> =>
  db.write(async (tx) => {
    const row = await find(tx, org, id)
    if (!row) throw problem('not_found', `No workflow ${id}.`)
    if (row.version !== from) return null
    await assertFree(tx, org, definition.identifier, row.id)
    const next = { ...row, ...columns(definition), version: from + 1, updatedAt: at }
    await tx.update(workflows).set(next).where(eq(workflows.id, row.id))
    return addVersion(tx, next, definition, by, at)
  })

/** Deletes softly: past runs stay. @throws Problem `not_found` */
export const deleteWorkflow = (db: Db, org: string, id: string, at: number): Promise<void> =>
  db.write(async (tx) => {
    const row = await find(tx, org, id)
    if (!row) throw problem('not_found', `No workflow ${id}.`)
    await tx.update(workflows).set({ deletedAt: at, updatedAt: at }).where(eq(workflows.id, row.id))
    await setTriggersIn(tx, row, null, at)
    await setLoginIn(tx, row, null, at)
  })

const versionOf = async (tx: Query, row: WorkflowRow, version: number): Promise<StoredWorkflow | null> => {
  const [found] = await tx
    .select()
    .from(workflowVersions)
    .where(and(eq(workflowVersions.workflowId, row.id), eq(workflowVersions.version, version)))
  return found ? { row, version, definition: found.definition } : null
}

/** @param version the latest when not given. @throws Problem `not_found` */
export const getWorkflow = (db: Db, org: string, idOrIdentifier: string, version?: number): Promise<StoredWorkflow> =>
  db.read(async (query) => {
    const row = await find(query, org, idOrIdentifier)
    if (!row) throw problem('not_found', `No workflow ${idOrIdentifier}.`)
    const found = await versionOf(query, row, version ?? row.version)
    if (!found) throw problem('not_found', `Workflow ${row.identifier} has no version ${version}.`)
    return found
  })

/** The id of a workflow, for what its runs are asked for by it: of one that is deleted, too, the latest where several had the identifier. Null when there never was one. */
export const findWorkflowId = (db: Db, org: string, idOrIdentifier: string): Promise<string | null> =>
  db.read(async (query) => {
    const row = await find(query, org, idOrIdentifier)
    if (row) return row.id
    const id = idOrIdentifier.toLowerCase()
    const [deleted] = await query
      .select({ id: workflows.id })
      .from(workflows)
      .where(and(eq(workflows.org, org), or(eq(workflows.id, id), eq(workflows.identifier, idOrIdentifier))))
      .orderBy(sql`${workflows.id} = ${id} DESC`, desc(workflows.deletedAt), desc(workflows.id))
      .limit(1)
    return deleted?.id ?? null
  })

/** @throws Problem `not_found` when there never was one */
export const getWorkflowId = async (db: Db, org: string, idOrIdentifier: string): Promise<string> => {
  const id = await findWorkflowId(db, org, idOrIdentifier)
  if (id === null) throw problem('not_found', `No workflow ${idOrIdentifier}.`)
  return id
}

/** A workflow of a run, even when it is deleted since. */
export const getWorkflowOfRun = (db: Db, workflowId: string, version: number | 'latest'): Promise<StoredWorkflow> =>
  db.read(async (query) => {
    const [row] = await query.select().from(workflows).where(eq(workflows.id, workflowId))
    const found = row && (await versionOf(query, row, version === 'latest' ? row.version : version))
    if (!found) throw problem('not_found', `No workflow ${workflowId}.`)
    return found
  })

type Listed = { org: string; search?: string | undefined }

const listed = ({ org, search }: Listed): SQL | undefined => {
  const pattern = `%${(search ?? '').replace(/[\\%_]/g, '\\$&')}%`
  return and(
    eq(workflows.org, org),
    isNull(workflows.deletedAt),
    search ? or(like(workflows.identifier, sql`${pattern} ESCAPE '\\'`), like(workflows.title, sql`${pattern} ESCAPE '\\'`)) : undefined,
  )
}

/** These, in their latest versions, newest first. */
const readListed = async (query: Query, where: SQL | undefined, page: { limit: number; offset: number }): Promise<StoredWorkflow[]> => {
  const rows = await query
    .select({ row: workflows, definition: workflowVersions.definition })
    .from(workflows)
    .innerJoin(workflowVersions, and(eq(workflowVersions.workflowId, workflows.id), eq(workflowVersions.version, workflows.version)))
    .where(where)
    .orderBy(desc(workflows.id))
    .limit(page.limit)
    .offset(page.offset)
  return rows.map(({ row, definition }) => ({ row, version: row.version, definition }))
}

export const listWorkflows = (
  db: Db,
  { offset, cursor, limit, ...which }: Listed & { offset?: number | undefined; cursor?: string | undefined; limit: number },
): Promise<{ workflows: StoredWorkflow[]; total: number }> =>
  db.read(async (query) => {
    const where = listed(which)
    const [count] = await query.select({ total: sql<number>`count(*)` }).from(workflows).where(where)
    return { workflows: await readListed(query, and(where, cursor ? lt(workflows.id, cursor) : undefined), { limit, offset: offset ?? 0 }), total: count?.total ?? 0 }
  })

/** A page of those where the permissions of one of the triggers are `allowed`. Who may execute a workflow is judged by its row; definitions are read of the page alone. */
export const listAllowedWorkflows = (
  db: Db,
  { offset, limit, ...which }: Listed & { offset: number; limit: number },
  allowed: (permissions: Permissions | null) => boolean,
): Promise<{ workflows: StoredWorkflow[]; total: number }> =>
  db.read(async (query) => {
    const rows = await query.select({ id: workflows.id, permissions: workflows.permissions }).from(workflows).where(listed(which)).orderBy(desc(workflows.id))
    const ids = rows.filter(({ permissions }) => [permissions].flat().some(allowed)).map(({ id }) => id)
    const page = ids.slice(offset, offset + limit)
    return { workflows: page.length === 0 ? [] : await readListed(query, inArray(workflows.id, page), { limit, offset: 0 }), total: ids.length }
  })

/** Newest first. @throws Problem `not_found` */
export const listVersions = (db: Db, org: string, id: string): Promise<{ row: WorkflowRow; versions: VersionRow[] }> =>
  db.read(async (query) => {
    const row = await find(query, org, id)
    if (!row) throw problem('not_found', `No workflow ${id}.`)
    const { workflowId, version, createdBy, createdAt } = workflowVersions
    const versions = await query.select({ workflowId, version, createdBy, createdAt }).from(workflowVersions).where(eq(workflowVersions.workflowId, row.id)).orderBy(desc(workflowVersions.version))
    return { row, versions }
  })
