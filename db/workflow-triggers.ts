import { isDeepStrictEqual } from 'node:util'
import { and, eq, isNotNull, isNull, lte, or, sql } from 'drizzle-orm'
import { eventTriggerOf, scheduleTriggerOf } from '../runner/model/triggers.ts'
import type { Workflow } from '../runner/model/workflow.ts'
import type { Db, Query } from './open.ts'
import { workflowTriggers } from './schema.ts'

export type TriggerRow = typeof workflowTriggers.$inferSelect

type Owner = { id: string; org: string }

const rowsOf = ({ id, org }: Owner, { nodes }: Workflow): TriggerRow[] =>
  nodes.flatMap((node): TriggerRow[] => {
    const base = { workflowId: id, org, nodeId: node.identifier, type: node.config.type, blueprint: null, schedule: null, nextAt: null }
    const event = eventTriggerOf(node)
    if (event?.published) return [{ ...base, blueprint: event.event.blueprintIdentifier }]
    const schedule = scheduleTriggerOf(node)
    return schedule?.published ? [{ ...base, schedule: { cron: schedule.cron, timezone: schedule.timezone } }] : []
  })

/**
 * Keeps the triggers of a workflow's latest version where they are looked for; in the transaction that saves or deletes it. A schedule that
 * says what it said before keeps its next time, which may be due.
 * @param definition null when it is deleted
 */
export const setTriggersIn = async (tx: Query, owner: Owner, definition: Workflow | null): Promise<void> => {
  const before = await tx.select().from(workflowTriggers).where(eq(workflowTriggers.workflowId, owner.id))
  const rows = (definition ? rowsOf(owner, definition) : []).map((row) => {
    const same = before.find(({ nodeId, schedule }) => nodeId === row.nodeId && row.schedule !== null && isDeepStrictEqual(schedule, row.schedule))
    return { ...row, nextAt: same?.nextAt ?? null }
  })
  if (before.length > 0) await tx.delete(workflowTriggers).where(eq(workflowTriggers.workflowId, owner.id))
  if (rows.length > 0) await tx.insert(workflowTriggers).values(rows)
}

/** The event triggers that a change of an entity of this blueprint may fire, in a fixed order. */
export const eventTriggersOf = (db: Db, org: string, blueprint: string): Promise<TriggerRow[]> =>
  db.read(async (query) =>
    query
      .select()
      .from(workflowTriggers)
      .where(and(eq(workflowTriggers.org, org), eq(workflowTriggers.blueprint, blueprint)))
      .orderBy(workflowTriggers.workflowId, workflowTriggers.nodeId),
  )

type ScheduleRow = TriggerRow & { schedule: NonNullable<TriggerRow['schedule']> }

/** The schedules that are due, or whose next time nobody has worked out yet; the most urgent first, at most a hundred. */
export const schedulesToLookAt = (db: Db, at: number): Promise<ScheduleRow[]> =>
  db.read(async (query) => {
    const rows = await query
      .select()
      .from(workflowTriggers)
      .where(and(isNotNull(workflowTriggers.schedule), or(isNull(workflowTriggers.nextAt), lte(workflowTriggers.nextAt, at))))
      .orderBy(workflowTriggers.nextAt)
      .limit(100)
    return rows as ScheduleRow[]
  })

/** When the next schedule is due; null when there is none. */
export const nextScheduleAt = (db: Db): Promise<number | null> =>
  db.read(async (query) => {
    const [next] = await query.select({ nextAt: sql<number | null>`min(${workflowTriggers.nextAt})` }).from(workflowTriggers)
    return next?.nextAt ?? null
  })

/** Moves a schedule on, unless it was changed since it was read. */
export const setNextAt = async (db: Db, { workflowId, nodeId, nextAt, schedule }: ScheduleRow, next: number): Promise<void> => {
  await db.write(async (tx) => {
    const where = and(eq(workflowTriggers.workflowId, workflowId), eq(workflowTriggers.nodeId, nodeId))
    const [now] = await tx.select().from(workflowTriggers).where(where)
    if (now?.nextAt === nextAt && isDeepStrictEqual(now.schedule, schedule)) await tx.update(workflowTriggers).set({ nextAt: next }).where(where)
  })
}
