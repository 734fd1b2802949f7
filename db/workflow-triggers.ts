import { and, eq } from 'drizzle-orm'
import { eventTriggerOf, scheduleTriggerOf } from '../runner/model/triggers.ts'
import type { Workflow } from '../runner/model/workflow.ts'
import type { Db, Query } from './open.ts'
import { removeSchedulesIn, setScheduleIn, type NewSchedule } from './schedules.ts'
import { workflowTriggers } from './schema.ts'

export type TriggerRow = typeof workflowTriggers.$inferSelect

type Owner = { id: string; org: string }

const eventTriggers = ({ id, org }: Owner, { nodes }: Workflow): TriggerRow[] =>
  nodes.flatMap((node): TriggerRow[] => {
    const trigger = eventTriggerOf(node)
    return trigger?.published ? [{ workflowId: id, org, nodeId: node.identifier, type: node.config.type, blueprint: trigger.event.blueprintIdentifier }] : []
  })

const scheduleTriggers = ({ id, org }: Owner, { nodes }: Workflow): NewSchedule[] =>
  nodes.flatMap((node): NewSchedule[] => {
    const trigger = scheduleTriggerOf(node)
    if (!trigger?.published) return []
    const { cron, timezone, overlap, catchUp, inputs } = trigger
    return [{ targetId: id, nodeId: node.identifier, org, kind: 'trigger', cron, onceAt: null, timezone, paused: false, overlap, catchUp, inputs, sealedInputs: null, createdBy: null, seesAllRuns: false }]
  })

/**
 * Keeps the triggers of a workflow's latest version where they are looked for; in the transaction that saves or deletes it.
 * @param definition null when it is deleted: then its own schedule goes, too
 */
export const setTriggersIn = async (tx: Query, owner: Owner, definition: Workflow | null, at: number): Promise<void> => {
  await tx.delete(workflowTriggers).where(eq(workflowTriggers.workflowId, owner.id))
  const events = definition ? eventTriggers(owner, definition) : []
  if (events.length > 0) await tx.insert(workflowTriggers).values(events)
  const schedules = definition ? scheduleTriggers(owner, definition) : []
  await removeSchedulesIn(tx, owner.id, { stay: definition ? ['', ...schedules.map(({ nodeId }) => nodeId)] : [] })
  for (const schedule of schedules) await setScheduleIn(tx, schedule, at)
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
