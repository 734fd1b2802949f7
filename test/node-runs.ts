import { createRun } from '../db/create-run.ts'
import type { Change } from '../db/change.ts'
import type { EventLog } from '../db/event-log.ts'
import type { Followers } from '../db/followers.ts'
import type { Db } from '../db/open.ts'
import { createWorkflow } from '../db/workflows.ts'
import type { WaitsFor } from '../runner/model/event.ts'
import { toActivityIdentifier, toRunIdentifier } from '../runner/model/id.ts'
import { workflowSchema } from '../runner/model/workflow.ts'

/** Runs that stand at a node for another system, written as a worker would have written them. */

export type NodeRunStore = { db: Db; log: EventLog; followers: Followers; clock: { now(): number; newId(): string } }

type Given = {
  workflowId: string
  workflowVersion?: number
  nodeId?: string
  type?: string
  config?: Record<string, unknown>
  org?: string
  installationId?: string
  waitsFor?: WaitsFor
  /** Still at its call, which asked another system to go on. */
  atCall?: boolean
  sealedInputs?: Buffer
  createdBy?: string | null
}

/** Saves a workflow whose only node is `nodeId`. @returns its id */
export const oneNodeWorkflow = async ({ db, clock }: NodeRunStore, identifier: string, { org = 'default', nodeId = 'ask', ...rest }: { org?: string; nodeId?: string; nodes?: unknown[] } = {}): Promise<string> => {
  const definition = workflowSchema.parse({ identifier, nodes: [{ identifier: nodeId, icon: 'Github', config: { type: 'NO_ACTION' } }], ...rest })
  return (await createWorkflow(db, { id: clock.newId(), org, definition, by: null, at: clock.now() })).row.id
}

export type WaitingNode = { runId: string; activityId: string; run: string; node: string }

/** @returns the ids, and in Port's spelling as `run` and `node` */
export const waitingNode = async ({ db, log, followers, clock }: NodeRunStore, given: Given): Promise<WaitingNode> => {
  const { workflowId, workflowVersion = 1, nodeId = 'ask', type = 'INTEGRATION_ACTION', config = {}, org = 'default', installationId, waitsFor = 'external', atCall = false } = given
  const at = clock.now()
  const run = { id: clock.newId(), org, workflowId, workflowVersion, workflowIdentifier: 'w', workflowName: 'w', trigger: 'trigger', inputs: {}, rerunOf: null, parentActivityRunId: null }
  await createRun(db, followers, { ...run, sealedInputs: given.sealedInputs ?? Buffer.alloc(0), createdBy: given.createdBy ?? null }, { at })
  const activityId = clock.newId()
  const activity = { id: activityId, nodeId, title: 'Ask', kind: 'step' as const, type, attempt: 1, iteration: null }
  const begun: Change[] = [{ event: { type: 'run.started' } }, { event: { type: 'activity.started', activity, stateName: nodeId, config } }]
  const waits: Change[] = [
    { event: { type: 'activity.waiting', activityId, dueAt: null, waitsFor, ...(installationId === undefined ? {} : { installationId }) } },
    { event: { type: 'run.awaiting_external', wakeAt: null } },
  ]
  await log.record(run.id, atCall ? begun : [...begun, ...waits], { fence: null, at })
  return { runId: run.id, activityId, run: toRunIdentifier(run.id), node: toActivityIdentifier(activityId) }
}
