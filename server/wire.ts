import { z } from 'zod'
import type { AuditRow } from '../db/audit.ts'
import type { ArtifactRow, LogRow, RunDetail, RunView } from '../db/runs.ts'
import type { SecretFacts } from '../db/secrets.ts'
import type { ActivityRow } from '../db/take-run.ts'
import type { StoredWorkflow } from '../db/workflows.ts'
import { ACTIVITY_STATUSES } from '../runner/model/activity.ts'
import { ARTIFACT_TYPES } from '../runner/model/artifact.ts'
import { toActivityIdentifier, toRunIdentifier } from '../runner/model/id.ts'
import { RUN_STATES, RUN_STATUSES, statesOf, toStatus, type RunState, type RunStatus } from '../runner/model/run.ts'
import { workflowSchema } from '../runner/model/workflow.ts'
import type { Caller } from './caller.ts'
import { anyObject, iso, isoOrNull, time } from './json-fields.ts'
import { toUserForm, userFormWire } from './user-form-wire.ts'

/** Rows → JSON: the only road from the store to a caller. A column stays private until it is presented here. */

export const runErrorWire = z
  .object({
    code: z.string(),
    message: z.string(),
    stepId: z.string().nullable(),
    activityRunId: z.uuid().nullable(),
    attempt: z.int().nullable(),
    details: z.unknown().optional(),
  })
  .meta({ id: 'RunError', description: 'Why a run or an activity run ended as it did.' })

export const artifactWire = z
  .object({
    id: z.uuid(),
    type: z.enum(ARTIFACT_TYPES),
    displayName: z.string(),
    mimeType: z.string(),
    fileSizeBytes: z.int(),
    fileHash: z.string().meta({ description: 'SHA-256, in hex.' }),
    signedUrl: z.string().meta({ description: 'Gives the content without credentials for 15 minutes.' }),
    workflowId: z.uuid(),
    workflowRunId: z.uuid(),
    activityRunId: z.uuid().nullable(),
    createdAt: time,
  })
  .meta({ id: 'Artifact' })

const logWire = z.object({ level: z.string(), message: z.string(), tags: z.record(z.string(), z.string()), createdAt: time }).meta({ id: 'LogLine' })

export const activityRunWire = z
  .object({
    id: z.uuid(),
    identifier: z.string(),
    workflowRunId: z.uuid(),
    stepId: z.string(),
    stepName: z.string().nullable(),
    kind: z.enum(['trigger', 'condition', 'step']),
    type: z.string(),
    status: z.enum(ACTIVITY_STATUSES),
    outputs: anyObject.nullable(),
    error: runErrorWire.nullable(),
    attempt: z.int(),
    iteration: z.string().nullable(),
    matchedTarget: z.int().nullable(),
    links: z.array(z.string()).meta({ description: 'Of the node, filled in, and those that another system reported.' }),
    logs: z.array(logWire),
    thinking: z.array(z.object({ text: z.string(), createdAt: time })).meta({ description: 'What a model thought while it drove the page.' }),
    artifacts: z.array(artifactWire),
    createdAt: time,
    startedAt: time.nullable(),
    updatedAt: time,
    completedAt: time.nullable(),
  })
  .meta({ id: 'ActivityRun', description: 'One attempt at one node of a run.' })

const runFields = {
  id: z.uuid(),
  identifier: z.string(),
  workflowId: z.uuid(),
  workflowIdentifier: z.string(),
  workflowName: z.string().nullable(),
  workflowVersion: z.int(),
  status: z.enum(RUN_STATUSES),
  state: z.enum(RUN_STATES),
  currentStateName: z.string().nullable(),
  inputs: z.array(z.object({ name: z.string(), value: z.unknown() })),
  outputs: anyObject.meta({ description: 'By node.' }),
  error: runErrorWire.nullable(),
  jobRunId: z.uuid().nullable(),
  rerunOf: z.uuid().nullable(),
  createdByUserId: z.string().nullable(),
  createdAt: time,
  startedAt: time.nullable(),
  updatedAt: time,
  completedAt: time.nullable(),
  durationMs: z.int().nullable().meta({ description: 'From the start to the end, or to now; pauses count.' }),
  awaiting: userFormWire.nullable(),
}

export const runWire = z.object(runFields).meta({ id: 'WorkflowRun' })
/** What stands beside a run where it is shown whole. */
const activityFields = {
  activityRuns: z.array(activityRunWire).meta({ description: 'Oldest first. Of very many in loops the latest; `GET …/activity-runs` lists all.' }),
  activityRunsTotal: z.int(),
  logs: z.array(logWire).meta({ description: 'What was said of the run and not of one of its activity runs.' }),
}
export const runDetailWire = z.object({ workflowRun: runWire, ...activityFields })
export const runWithActivitiesWire = z.object({ ...runFields, ...activityFields }).meta({ id: 'WorkflowRunWithActivityRuns' })

export const countsWire = z.object(Object.fromEntries(RUN_STATUSES.map((status) => [status, z.int()])) as Record<RunStatus, z.ZodInt>)

export const workflowWire = z
  .object({ id: z.uuid(), version: z.int(), createdByUserId: z.string().nullable(), createdAt: time, updatedAt: time, ...workflowSchema.shape })
  .meta({ id: 'StoredWorkflow' })

export const paginationWire = z
  .object({ page: z.int().nullable(), limit: z.int(), total: z.int(), totalPages: z.int(), nextCursor: z.string().nullable().optional() })
  .meta({ id: 'Pagination', description: '`page` is null, and `nextCursor` there, when the list is read by cursor.' })

export const auditEntryWire = z
  .object({
    id: z.uuid(),
    createdAt: time,
    actorKind: z.string().meta({ description: 'user, key, internal, hook or link.' }),
    actorId: z.string().nullable(),
    action: z.string().meta({ description: 'Method and route.' }),
    targetType: z.string().nullable(),
    targetId: z.string().nullable(),
    address: z.string().nullable(),
    status: z.int().meta({ description: 'The HTTP status that was answered.' }),
  })
  .meta({ id: 'AuditEntry' })

export const secretWire = z
  .object({ name: z.string(), createdByUserId: z.string().nullable(), updatedByUserId: z.string().nullable(), createdAt: time, updatedAt: time })
  .meta({ id: 'Secret', description: 'What may be told of a secret; its value never is.' })

export const faultWire = z.object({ path: z.string(), code: z.string(), message: z.string() }).meta({ id: 'Fault' })
export const errorWire = z.object({ error: z.string(), code: z.string(), details: z.unknown().optional() }).meta({ id: 'Error' })

export type RunJson = z.output<typeof runWire>
export type ActivityRunJson = z.output<typeof activityRunWire>
export type RunDetailJson = z.output<typeof runDetailWire>
export type ArtifactJson = z.output<typeof artifactWire>
export type WorkflowJson = z.output<typeof workflowWire>
export type SecretJson = z.output<typeof secretWire>
export type AuditEntryJson = z.output<typeof auditEntryWire>
export type PaginationJson = z.output<typeof paginationWire>

/** Makes the signed address of an artifact's content. */
export type SignUrl = (artifactId: string) => string

export const toArtifact = (row: ArtifactRow, sign: SignUrl): ArtifactJson => ({
  id: row.id,
  type: row.type,
  displayName: row.name,
  mimeType: row.mimeType,
  fileSizeBytes: row.sizeBytes,
  fileHash: row.sha256,
  signedUrl: sign(row.id),
  workflowId: row.workflowId,
  workflowRunId: row.runId,
  activityRunId: row.activityRunId,
  createdAt: iso(row.createdAt),
})

/**
 * @param now for the duration of a run that still goes on, in milliseconds since 1970
 * @param caller who asks, where somebody does
 */
export const toRun = ({ run, awaiting, outputs }: RunView, now: number, caller: Caller | null = null): RunJson => ({
  id: run.id,
  identifier: toRunIdentifier(run.id),
  workflowId: run.workflowId,
  workflowIdentifier: run.workflowIdentifier,
  workflowName: run.workflowName,
  workflowVersion: run.workflowVersion,
  status: toStatus(run.state),
  state: run.state,
  currentStateName: run.currentStateName,
  inputs: Object.entries(run.inputs).map(([name, value]) => ({ name, value })),
  outputs,
  error: run.error,
  jobRunId: run.jobRunId,
  rerunOf: run.rerunOf,
  createdByUserId: run.createdBy,
  createdAt: iso(run.createdAt),
  startedAt: isoOrNull(run.startedAt),
  updatedAt: iso(run.updatedAt),
  completedAt: isoOrNull(run.completedAt),
  durationMs: run.startedAt === null ? null : (run.completedAt ?? now) - run.startedAt,
  awaiting: awaiting && toUserForm(awaiting, caller),
})

const toLogLine = ({ data, at }: LogRow): z.output<typeof logWire> => ({ level: String(data.level), message: String(data.message), tags: (data.tags ?? {}) as Record<string, string>, createdAt: iso(at) })

const toActivityRun = (row: ActivityRow, artifacts: ArtifactRow[], logs: LogRow[], sign: SignUrl): ActivityRunJson => ({
  id: row.id,
  identifier: toActivityIdentifier(row.id),
  workflowRunId: row.runId,
  stepId: row.nodeId,
  stepName: row.title,
  kind: row.kind,
  type: row.type,
  status: row.status,
  outputs: row.outputs,
  error: row.error,
  attempt: row.attempt,
  iteration: row.iteration,
  matchedTarget: row.matchedTarget,
  links: row.links ?? [],
  logs: logs.filter(({ type }) => type === 'log').map(toLogLine),
  thinking: logs.filter(({ type }) => type === 'thinking').map(({ data, at }) => ({ text: String(data.text), createdAt: iso(at) })),
  artifacts: artifacts.map((artifact) => toArtifact(artifact, sign)),
  createdAt: iso(row.createdAt),
  startedAt: isoOrNull(row.startedAt),
  updatedAt: iso(row.updatedAt),
  completedAt: isoOrNull(row.completedAt),
})

const groupBy = <T>(rows: readonly T[], key: (row: T) => string | null): Map<string | null, T[]> => {
  const groups = new Map<string | null, T[]>()
  for (const row of rows) {
    const group = groups.get(key(row))
    if (group) group.push(row)
    else groups.set(key(row), [row])
  }
  return groups
}

export const toActivityRuns = ({ activities, artifacts, logs }: Pick<RunDetail, 'activities' | 'artifacts' | 'logs'>, sign: SignUrl): ActivityRunJson[] => {
  const files = groupBy(artifacts, (row) => row.activityRunId)
  const lines = groupBy(logs, (row) => row.activityRunId)
  return activities.map((row) => toActivityRun(row, files.get(row.id) ?? [], lines.get(row.id) ?? [], sign))
}

/** Counts of the states as counts of the six statuses, all always there, and their sum. */
export const toCounts = (byState: Partial<Record<RunState, number>>): { total: number; counts: Record<RunStatus, number> } => {
  const sums = RUN_STATUSES.map((status): [RunStatus, number] => [status, statesOf(status).reduce((sum, state) => sum + (byState[state] ?? 0), 0)])
  return { total: sums.reduce((sum, [, count]) => sum + count, 0), counts: Object.fromEntries(sums) as Record<RunStatus, number> }
}

/** What stands beside a run where it is shown whole. */
export const toRunActivities = (detail: RunDetail, sign: SignUrl) => ({
  activityRuns: toActivityRuns(detail, sign),
  activityRunsTotal: detail.activitiesTotal,
  logs: detail.logs.filter(({ activityRunId, type }) => activityRunId === null && type === 'log').map(toLogLine),
})

export const toWorkflow = ({ row, version, definition }: StoredWorkflow): WorkflowJson => ({
  id: row.id,
  version,
  createdByUserId: row.createdBy,
  createdAt: iso(row.createdAt),
  updatedAt: iso(row.updatedAt),
  ...definition,
})

export const toAuditEntry = ({ id, at, actorKind, actorId, action, targetType, targetId, address, status }: AuditRow): AuditEntryJson => ({
  id,
  createdAt: iso(at),
  actorKind,
  actorId,
  action,
  targetType,
  targetId,
  address,
  status,
})

export const toSecret = ({ name, createdBy, updatedBy, createdAt, updatedAt }: SecretFacts): SecretJson => ({
  name,
  createdByUserId: createdBy,
  updatedByUserId: updatedBy,
  createdAt: iso(createdAt),
  updatedAt: iso(updatedAt),
})
