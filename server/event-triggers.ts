import { createRun } from '../db/create-run.ts'
import { moveCursor, readCursor } from '../db/cursors.ts'
import { ENTITY_CHANGES, entityChangesAfter, expireEntityTimers, type EntityChange } from '../db/entities.ts'
import { eventTriggersOf, type TriggerRow } from '../db/workflow-triggers.ts'
import { getWorkflow } from '../db/workflows.ts'
import { Problem } from '../runner/model/problem.ts'
import { eventTriggerOf, waitsFor, type EntityEvent, type EventTrigger } from '../runner/model/triggers.ts'
import { newRun } from '../runner/new-run.ts'
import { sleep } from '../runner/sleep.ts'
import { startSink } from './sink.ts'
import type { Services } from './start.ts'

/**
 * Follows what happens to entities, and starts a run for each event trigger that waits for it: once for each change and trigger, whatever
 * happens in between. What a run writes may start others, itself included; since only what differs is a change, such a chain ends when nothing
 * new is written. One that writes something new each time (a counter) goes on for as long as it is published.
 */

const NAME = 'event-triggers'
const PAGE = 100
/** What fails for another reason than the workflow's own is tried again so often, and then let go: the next change is not to wait for ever. */
const TRIES = 5
const RETRY_MS = 1_000
/** The clock of the machine may be set meanwhile. */
const MAX_SLEEP_MS = 60_000

type Tools = Pick<Services, 'db' | 'followers' | 'jq' | 'seal' | 'engine' | 'clock' | 'logger'>

const toEvent = ({ action, blueprint, identifier, property, before, after }: EntityChange): EntityEvent => ({
  action,
  context: { blueprintIdentifier: blueprint, entityIdentifier: identifier, ...(property === null ? {} : { propertyIdentifier: property }) },
  diff: { before, after },
})

/** @throws Problem `template_error` when a program fails, unless another settles it */
const holds = async ({ jq }: Tools, { condition }: EventTrigger, event: EntityEvent): Promise<boolean> => {
  const { expressions, combinator } = condition ?? { expressions: [], combinator: 'and' }
  if (expressions.length === 0) return true
  for (const program of expressions) {
    const [value] = await jq.evaluate(program, event)
    if ((value === true) === (combinator === 'or')) return combinator === 'or'
  }
  return combinator === 'and'
}

/** Starts the run of one trigger, when it waits for this and its condition holds. */
const fire = async (tools: Tools, { org, workflowId, nodeId }: TriggerRow, seq: number, event: EntityEvent): Promise<void> => {
  const { db, followers, seal, engine, clock } = tools
  const stored = await getWorkflow(db, org, workflowId)
  const node = stored.definition.nodes.find(({ identifier }) => identifier === nodeId)
  const trigger = node && eventTriggerOf(node)
  if (!trigger || !waitsFor(trigger, event) || !(await holds(tools, trigger, event))) return
  const run = newRun(stored, seal, { id: clock.newId(), trigger: nodeId, userInputs: undefined, inputs: event, envs: {}, createdBy: null })
  const idempotency = { org, caller: 'event-trigger', call: 'entity-change', key: `${seq}:${workflowId}:${nodeId}`, bodyHash: '', forever: true }
  const started = await createRun(db, followers, run, { at: clock.now(), idempotency })
  if (!started.repeated) await engine.submit(started.run.id)
}

/** @returns whether anything went wrong that may go right next time */
const fireAll = async (tools: Tools, change: EntityChange): Promise<boolean> => {
  const event = toEvent(change)
  let failed = false
  for (const trigger of await eventTriggersOf(tools.db, change.org, change.blueprint)) {
    await fire(tools, trigger, change.seq, event).catch((error: unknown) => {
      // Deleted in the meantime: then nobody waits for it any more.
      if (error instanceof Problem && error.code === 'not_found') return
      tools.logger.warn({ err: error, workflowId: trigger.workflowId, nodeId: trigger.nodeId, change: change.seq }, 'event trigger failed')
      if (!(error instanceof Problem && error.code === 'template_error')) failed = true
    })
  }
  return failed
}

export const startEventTriggers = (tools: Tools): AsyncDisposable => {
  const { db, clock } = tools
  let cursor: number | null = null
  return startSink(tools, { name: 'event triggers', key: ENTITY_CHANGES }, async (stopping) => {
    cursor ??= await readCursor(db, NAME)
    const { nextAt } = await expireEntityTimers(db, clock.now())
    const changes = await entityChangesAfter(db, cursor, PAGE)
    for (const change of changes) {
      for (let tries = 1; (await fireAll(tools, change)) && tries < TRIES && !stopping.aborted; tries++) await sleep(RETRY_MS, stopping)
      if (stopping.aborted) break
      cursor = change.seq
      await moveCursor(db, NAME, cursor)
    }
    return changes.length > 0 ? 0 : Math.max(1, Math.min(MAX_SLEEP_MS, (nextAt ?? Infinity) - clock.now()))
  })
}
