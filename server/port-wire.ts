import { z } from 'zod'
import { nodeUidOf } from '../db/record-activity.ts'
import type { NamedRun, NodeRunView } from '../db/node-runs.ts'
import type { LogRow, RunView } from '../db/runs.ts'
import type { ActivityRow } from '../db/take-run.ts'
import type { StoredWorkflow } from '../db/workflows.ts'
import type { ActivityStatus } from '../runner/model/activity.ts'
import { toActivityIdentifier, toRunIdentifier } from '../runner/model/id.ts'
import { RUN_STATES, toResult, type RunResult, type RunState } from '../runner/model/run.ts'
import { workflowSchema } from '../runner/model/workflow.ts'
import { time } from './json-fields.ts'
import { paginationWire, runErrorWire } from './wire.ts'

/** Rows → JSON in Port's words: every field that one of its generations has shown, over the same rows as `wire.ts`. */

const iso = (ms: number): string => new Date(ms).toISOString()
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))
const anyObject = z.record(z.string(), z.unknown())

export const PORT_STATUSES = ['IN_PROGRESS', 'COMPLETED'] as const
export const PORT_RESULTS = ['SUCCESS', 'FAILED', 'CANCELLED'] as const
const status = z.enum(PORT_STATUSES)
const result = z.enum(PORT_RESULTS).nullable().meta({ description: 'Null while it is in progress.' })

const log = z.object({ logLevel: z.string(), log: z.string(), tags: z.record(z.string(), z.string()), createdAt: time }).meta({ id: 'PortLog' })

export const portNodeRunWire = z
  .object({
    identifier: z.string().meta({ description: 'wfnr_…' }),
    nodeUid: z.string().meta({ description: 'The same for every run of this node, whichever version.' }),
    workflowRunIdentifier: z.string(),
    node: z.object({ identifier: z.string(), title: z.string().nullable(), icon: z.string().nullable(), config: anyObject.optional() }),
    nodeTitle: z.string().nullable(),
    nodeIcon: z.string().nullable(),
    nodeConfigType: z.string(),
    status,
    result,
    output: z.unknown(),
    error: runErrorWire.nullable(),
    config: anyObject.optional().meta({ description: 'As evaluated for this run; to the worker that claims it with its secrets.' }),
    attempt: z.int(),
    iteration: z.string().nullable(),
    externalRunId: z.string().nullable(),
    links: z.array(z.string()),
    installationId: z.string().nullable(),
    pendingExecution: z.boolean().meta({ description: 'Whether it waits for a worker to claim or acknowledge it.' }),
    claimedUntil: time.nullable(),
    nodeRunLogs: z.array(log).optional(),
    createdAt: time,
    updatedAt: time,
    completedAt: time.nullable(),
  })
  .meta({ id: 'PortNodeRun' })

export const portRunWire = z
  .object({
    identifier: z.string().meta({ description: 'wfr_…' }),
    status,
    result,
    workflow: z.object({ identifier: z.string(), version: z.int() }),
    trigger: z.object({ identifier: z.string() }),
    variables: z.object({ inputs: anyObject, outputs: anyObject.meta({ description: 'By node.' }) }),
    error: runErrorWire.nullable(),
    rerunOf: z.string().nullable(),
    createdBy: z.string().nullable(),
    createdAt: time,
    updatedAt: time,
    completedAt: time.nullable(),
    nodeRuns: z.array(portNodeRunWire),
    nodeRunsTotal: z.int().meta({ description: 'How many there are; the others are in `/v1/workflows/nodes/runs?workflow_run_id=`.' }),
  })
  .meta({ id: 'PortWorkflowRun' })

export const portWorkflowWire = z
  .object({ id: z.uuid(), version: z.int(), createdBy: z.string().nullable(), createdAt: time, updatedAt: time, ...workflowSchema.shape })
  .meta({ id: 'PortWorkflow' })

export const portErrorWire = z.object({ ok: z.literal(false), error: z.string(), message: z.string(), details: z.unknown().optional() }).meta({ id: 'PortError' })

const ok = z.literal(true)
export const okRun = z.object({ ok, run: portRunWire })
export const okRuns = z.object({ ok, runs: z.array(portRunWire), pagination: paginationWire })
export const okNodeRun = z.object({ ok, nodeRun: portNodeRunWire })
export const okNodeRuns = z.object({ ok, nodeRuns: z.array(portNodeRunWire), pagination: paginationWire })
export const okClaimed = z.object({ ok, nodeRuns: z.array(portNodeRunWire) })
export const okWorkflow = z.object({ ok, workflow: portWorkflowWire })
export const okWorkflows = z.object({ ok, workflows: z.array(portWorkflowWire), pagination: paginationWire })
export const okAcked = z.object({ ok, acked: z.literal(true) })
export const okAlone = z.object({ ok })

type Port<S extends z.ZodType> = z.output<S>

/** The runs that a filter in Port's words means; undefined: all. */
export const statesOf = (filter: { status?: (typeof PORT_STATUSES)[number] | undefined; result?: (typeof PORT_RESULTS)[number] | undefined }): RunState[] | undefined => {
  if (filter.status === undefined && filter.result === undefined) return undefined
  return RUN_STATES.filter((state) => {
    const ended = toResult(state)
    return (filter.result === undefined || ended === filter.result) && (filter.status === undefined || (ended === null ? 'IN_PROGRESS' : 'COMPLETED') === filter.status)
  })
}

const NODE_RESULTS: Record<ActivityStatus, RunResult | null> = { scheduled: null, running: null, waiting: null, completed: 'SUCCESS', skipped: 'SUCCESS', failed: 'FAILED', cancelled: 'CANCELLED' }

/** What another system has reported holds from then on, though the run may take a moment to go on with it. */
const resultOf = ({ status: own, report }: ActivityRow): RunResult | null => NODE_RESULTS[own] ?? report?.result ?? null

const toLog = ({ data, at }: LogRow) => ({ logLevel: String(data.level), log: String(data.message), tags: (data.tags ?? {}) as Record<string, string>, createdAt: iso(at) })

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A worker that claims it needs the evaluated config; whoever asks for it gets what the node was before. */
export type Shown = { config?: boolean; nodeConfig?: boolean; logs?: boolean }

export const toPortNodeRun = ({ activity, run, node, logs }: NodeRunView<NamedRun>, shown: Shown = { logs: true }): Port<typeof portNodeRunWire> => {
  const ended = resultOf(activity)
  const title = activity.title ?? node?.title ?? null
  const config = { type: activity.type, ...(isObject(activity.config) ? activity.config : {}) }
  return {
    identifier: toActivityIdentifier(activity.id),
    nodeUid: nodeUidOf(run, activity),
    workflowRunIdentifier: toRunIdentifier(run.id),
    node: { identifier: activity.nodeId, title, icon: node?.icon ?? null, ...(shown.nodeConfig ? { config } : {}) },
    nodeTitle: title,
    nodeIcon: node?.icon ?? null,
    nodeConfigType: activity.type,
    status: ended === null ? 'IN_PROGRESS' : 'COMPLETED',
    result: ended,
    output: activity.outputs ?? activity.report?.output ?? null,
    error: activity.error,
    ...(shown.config ? { config } : {}),
    attempt: activity.attempt,
    iteration: activity.iteration,
    externalRunId: activity.externalRunId,
    links: activity.links ?? [],
    installationId: activity.installationId,
    pendingExecution: activity.installationId !== null && activity.acknowledgedAt === null && ended === null,
    claimedUntil: isoOrNull(activity.claimedUntil),
    ...(shown.logs ? { nodeRunLogs: logs.map(toLog) } : {}),
    createdAt: iso(activity.createdAt),
    updatedAt: iso(activity.updatedAt),
    completedAt: isoOrNull(activity.completedAt),
  }
}

/** @param nodeRuns those of this run; `total` when there are more */
export const toPortRun = ({ run, outputs }: RunView, nodeRuns: readonly NodeRunView[], total = nodeRuns.length): Port<typeof portRunWire> => {
  const ended = toResult(run.state)
  return {
    identifier: toRunIdentifier(run.id),
    status: ended === null ? 'IN_PROGRESS' : 'COMPLETED',
    result: ended,
    workflow: { identifier: run.workflowIdentifier, version: run.workflowVersion },
    trigger: { identifier: run.trigger },
    variables: { inputs: run.inputs, outputs },
    error: run.error,
    rerunOf: run.rerunOf && toRunIdentifier(run.rerunOf),
    createdBy: run.createdBy,
    createdAt: iso(run.createdAt),
    updatedAt: iso(run.updatedAt),
    completedAt: isoOrNull(run.completedAt),
    nodeRuns: nodeRuns.map((view) => toPortNodeRun(view)),
    nodeRunsTotal: total,
  }
}

export const toPortWorkflow = ({ row, version, definition }: StoredWorkflow): Port<typeof portWorkflowWire> => ({
  id: row.id,
  version,
  createdBy: row.createdBy,
  createdAt: iso(row.createdAt),
  updatedAt: iso(row.updatedAt),
  ...definition,
})
