import { and, eq, isNull } from 'drizzle-orm'
import type { Db } from './open.ts'
import { workflowHooks, workflows } from './schema.ts'

export type NewHook = { workflowId: string; org: string; hash: string; createdBy: string | null; createdAt: number }

/** Gives a workflow its URL; one that it had before answers no more. */
export const setHook = async (db: Db, hook: NewHook): Promise<void> => {
  await db.write(async (tx) => tx.insert(workflowHooks).values(hook).onConflictDoUpdate({ target: workflowHooks.workflowId, set: hook }))
}

/** What is known of a workflow's URL, which itself is not; null when it has none. */
export const getHook = (db: Db, workflowId: string): Promise<Pick<NewHook, 'createdBy' | 'createdAt'> | null> =>
  db.read(async (query) => {
    const { createdBy, createdAt } = workflowHooks
    const [found] = await query.select({ createdBy, createdAt }).from(workflowHooks).where(eq(workflowHooks.workflowId, workflowId))
    return found ?? null
  })

/** @returns whether there was one */
export const removeHook = (db: Db, workflowId: string): Promise<boolean> =>
  db.write(async (tx) => (await tx.delete(workflowHooks).where(eq(workflowHooks.workflowId, workflowId)).returning({ id: workflowHooks.workflowId })).length > 0)

/** The workflow whose URL has the token of this hash; null when there is none, or it is deleted. */
export const findHook = (db: Db, hash: string): Promise<{ org: string; workflowId: string } | null> =>
  db.read(async (query) => {
    const [found] = await query
      .select({ org: workflowHooks.org, workflowId: workflowHooks.workflowId })
      .from(workflowHooks)
      .innerJoin(workflows, eq(workflows.id, workflowHooks.workflowId))
      .where(and(eq(workflowHooks.hash, hash), isNull(workflows.deletedAt)))
    return found ?? null
  })
