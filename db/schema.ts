import { sql } from 'drizzle-orm'
import { customType, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { ActivityKind, ActivityStatus } from '../runner/model/activity.ts'
import type { ArtifactType } from '../runner/model/artifact.ts'
import type { Report, RunError, WaitsFor } from '../runner/model/event.ts'
import type { JobConfig, JobRunError, JobRunStatus, JobSnapshot } from '../runner/model/job.ts'
import type { Permissions } from '../runner/model/permissions.ts'
import type { RunState, RunStatus } from '../runner/model/run.ts'
import type { CatchUp, Overlap } from '../runner/model/schedule.ts'
import type { AskedButton, GivenAnswer, Responders } from '../runner/model/shared-question.ts'
import type { Attempt, DeliveryStatus, DeliveryType, WebhookEvent } from '../runner/model/webhook.ts'
import type { Workflow } from '../runner/model/workflow.ts'

/**
 * The tables. Times are milliseconds since 1970. What people may see is stored redacted; what a run needs to go on and holds secrets
 * (inputs, browser storage) is `sealed`: AES-256-GCM under the server's key, made and opened by the runner. No other column holds bytes: a
 * change of the key finds what it must seal anew by that (`reseal.ts`).
 * After a change: `npx drizzle-kit generate`.
 */

/** Drizzle's own JSON column makes the text `null` of a null that fills a prepared statement. */
const json = <T>(name: string) =>
  customType<{ data: T; driverData: string | null }>({
    dataType: () => 'text',
    toDriver: (value) => (value === null ? null : JSON.stringify(value)),
    fromDriver: (stored) => JSON.parse(stored ?? 'null') as T,
  })(name)
/** What the runner sealed. */
const sealed = customType<{ data: Buffer }>({ dataType: () => 'blob' })

export const workflows = sqliteTable(
  'workflows',
  {
    id: text('id').primaryKey(),
    org: text('org').notNull(),
    identifier: text('identifier').notNull(),
    title: text('title'),
    /** The latest version. */
    version: integer('version').notNull(),
    /** Of its self-serve trigger, a list where there are several: kept here so that lists need not read the definitions. */
    permissions: json<Permissions | (Permissions | null)[]>('permissions'),
    allowAnyoneToViewRuns: integer('allow_anyone_to_view_runs', { mode: 'boolean' }).notNull(),
    createdBy: text('created_by'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    deletedAt: integer('deleted_at'),
  },
  (t) => [
    uniqueIndex('workflows_identifier').on(t.org, t.identifier).where(sql`deleted_at IS NULL`),
    index('workflows_org').on(t.org, t.id),
  ],
)

export const workflowVersions = sqliteTable(
  'workflow_versions',
  {
    workflowId: text('workflow_id')
      .notNull()
      .references(() => workflows.id),
    version: integer('version').notNull(),
    definition: json<Workflow>('definition').notNull(),
    createdBy: text('created_by'),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workflowId, t.version] })],
)

export const runs = sqliteTable(
  'runs',
  {
    id: text('id').primaryKey(),
    org: text('org').notNull(),
    workflowId: text('workflow_id')
      .notNull()
      .references(() => workflows.id),
    workflowVersion: integer('workflow_version').notNull(),
    workflowIdentifier: text('workflow_identifier').notNull(),
    workflowName: text('workflow_name'),
    /** The trigger that fired. */
    trigger: text('trigger').notNull(),
    state: text('state').$type<RunState>().notNull(),
    /** The projection of `state` that lists filter by; kept for its index, written wherever `state` is. */
    status: text('status').$type<RunStatus>().notNull(),
    currentStateName: text('current_state_name'),
    inputs: json<Record<string, unknown>>('inputs').notNull(),
    /** Inputs and envs as given, sealed. */
    sealedInputs: sealed('sealed_inputs').notNull(),
    /** The values of stored secrets that it has seen, sealed: they stay secret when another value has taken their place. */
    sealedSecrets: sealed('sealed_secrets'),
    /** Of a finished run; of any other they are gathered from its activity runs. */
    outputs: json<Record<string, unknown>>('outputs'),
    error: json<RunError>('error'),
    jobRunId: text('job_run_id'),
    /** Its place in the job, from 0. */
    jobIndex: integer('job_index'),
    rerunOf: text('rerun_of'),
    /** The activity run of another run that waits for this one to end. */
    parentActivityRunId: text('parent_activity_run_id'),
    /** How many runs stand above it, each started by a node of the one before; those that do not wait for it count, too. */
    depth: integer('depth').notNull().default(0),
    createdBy: text('created_by'),
    /** Whether who made it sees hidden runs too: the run itself then reads the files of those. */
    seesAllRuns: integer('sees_all_runs', { mode: 'boolean' }).notNull().default(false),
    /** Each worker that takes the run counts it up; a write that names an older one is refused. */
    fence: integer('fence').notNull(),
    leaseUntil: integer('lease_until'),
    /** When a waiting run is to be looked at again, if nothing else wakes it. */
    wakeAt: integer('wake_at'),
    /** Milliseconds spent executing before `activeSince`: pauses do not count against the run's time limit. */
    activeMs: integer('active_ms').notNull().default(0),
    activeSince: integer('active_since'),
    cancelReason: text('cancel_reason'),
    cancelForce: integer('cancel_force', { mode: 'boolean' }),
    createdAt: integer('created_at').notNull(),
    startedAt: integer('started_at'),
    updatedAt: integer('updated_at').notNull(),
    completedAt: integer('completed_at'),
    /** Since when it is as good as gone: nobody sees it any more, and bit by bit it is taken away. */
    purgedAt: integer('purged_at'),
  },
  (t) => [
    // Ids are UUIDv7: they sort by creation, so the key of deep lists is the id alone.
    index('runs_org').on(t.org, t.id),
    index('runs_status').on(t.org, t.status, t.id),
    index('runs_workflow').on(t.org, t.workflowId, t.id),
    index('runs_workflow_status').on(t.org, t.workflowId, t.status, t.id),
    index('runs_open').on(t.id).where(sql`completed_at IS NULL`),
    // All that figures over time need, so that they are counted without reading what runs have put out.
    index('runs_ended').on(t.org, t.workflowId, t.completedAt, t.status, t.startedAt, t.createdBy).where(sql`completed_at IS NOT NULL`),
    index('runs_parent').on(t.parentActivityRunId).where(sql`parent_activity_run_id IS NOT NULL`),
    index('runs_awaited').on(t.id).where(sql`completed_at IS NULL AND parent_activity_run_id IS NOT NULL`),
    index('runs_wake').on(t.wakeAt).where(sql`wake_at IS NOT NULL`),
    index('runs_completed').on(t.completedAt).where(sql`completed_at IS NOT NULL`),
    index('runs_purged').on(t.id).where(sql`purged_at IS NOT NULL`),
    // Nothing starts a place of a job run twice.
    uniqueIndex('runs_job').on(t.jobRunId, t.jobIndex).where(sql`job_run_id IS NOT NULL`),
  ],
)

/** How many runs of a workflow are in a state. Kept by the event log, so that counts and totals are read and not counted. */
export const runCounts = sqliteTable(
  'run_counts',
  {
    org: text('org').notNull(),
    workflowId: text('workflow_id').notNull(),
    state: text('state').$type<RunState>().notNull(),
    count: integer('count').notNull(),
  },
  (t) => [primaryKey({ columns: [t.org, t.workflowId, t.state] })],
)

export const activityRuns = sqliteTable(
  'activity_runs',
  {
    id: text('id').primaryKey(),
    runId: text('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    nodeId: text('node_id').notNull(),
    title: text('title'),
    kind: text('kind').$type<ActivityKind>().notNull(),
    type: text('type').notNull(),
    status: text('status').$type<ActivityStatus>().notNull(),
    attempt: integer('attempt').notNull(),
    iteration: text('iteration'),
    config: json<unknown>('config'),
    /** The config as it is, where redaction changed it: for the worker that claims the node. Gone when the node has ended. */
    sealedConfig: sealed('sealed_config'),
    outputs: json<Record<string, unknown>>('outputs'),
    /** The outputs as they were, where redaction changed them; of a node that waits, those of its report. */
    sealedOutputs: sealed('sealed_outputs'),
    error: json<RunError>('error'),
    matchedTarget: integer('matched_target'),
    /** When a scheduled attempt is due, or a waiting one goes on by itself. */
    dueAt: integer('due_at'),
    /** What a waiting one waits for; null in a loop, whose rounds wait. */
    waitsFor: text('waits_for').$type<WaitsFor>(),
    /** What another system, or a child run, has said of its end. */
    report: json<Report>('report'),
    /** The name that another system gave to its part. */
    externalRunId: text('external_run_id'),
    links: json<string[]>('links'),
    /** The worker that may claim it; a claim lasts until `claimedUntil`, unless it is acknowledged before. */
    installationId: text('installation_id'),
    /** Of one that workers claim: the same for all runs of its node, `<workflowId>:<nodeId>`. They are served in turn by it. */
    nodeUid: text('node_uid'),
    claimedUntil: integer('claimed_until'),
    acknowledgedAt: integer('acknowledged_at'),
    createdAt: integer('created_at').notNull(),
    startedAt: integer('started_at'),
    updatedAt: integer('updated_at').notNull(),
    completedAt: integer('completed_at'),
  },
  (t) => [
    index('activity_runs_run').on(t.runId, t.id),
    index('activity_runs_claim').on(t.installationId, t.nodeUid, t.id).where(sql`installation_id IS NOT NULL AND acknowledged_at IS NULL AND status = 'waiting'`),
    index('activity_runs_external').on(t.externalRunId).where(sql`external_run_id IS NOT NULL`),
  ],
)

/** The browser as it was after a node: URL and storage, sealed. Written only when it differs from the one before. */
export const checkpoints = sqliteTable(
  'checkpoints',
  {
    activityRunId: text('activity_run_id')
      .primaryKey()
      .references(() => activityRuns.id, { onDelete: 'cascade' }),
    runId: text('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    sealed: sealed('sealed').notNull(),
    /** The last event before it was written: the order in which they were. */
    seq: integer('seq').notNull().default(0),
  },
  (t) => [index('checkpoints_order').on(t.runId, t.seq, t.activityRunId)],
)

export const events = sqliteTable(
  'events',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    runId: text('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    activityRunId: text('activity_run_id'),
    type: text('type').notNull(),
    data: json<Record<string, unknown>>('data').notNull(),
    at: integer('at').notNull(),
  },
  (t) => [index('events_run').on(t.runId, t.seq)],
)

export const inputRequests = sqliteTable(
  'input_requests',
  {
    id: text('id').primaryKey(),
    org: text('org').notNull(),
    runId: text('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    workflowId: text('workflow_id').notNull(),
    workflowName: text('workflow_name'),
    activityRunId: text('activity_run_id').notNull(),
    stepName: text('step_name').notNull(),
    title: text('title').notNull(),
    description: text('description'),
    schema: json<Record<string, unknown>>('schema').notNull(),
    buttons: json<AskedButton[]>('buttons').notNull(),
    responders: json<Responders>('responders'),
    status: text('status').$type<'pending' | 'answered' | 'expired' | 'cancelled'>().notNull(),
    screenshotArtifactId: text('screenshot_artifact_id'),
    /** SHA-256 of the account whose one-time codes answer it, and since when they do. */
    account: text('account'),
    codesSince: integer('codes_since'),
    /** What several people have answered, redacted, where one answer is not enough; in the order in which they did. */
    answers: json<GivenAnswer[]>('answers').notNull().default([]),
    /** Redacted; the answer as it was given is sealed beside it, all of them where several are needed. */
    values: json<Record<string, unknown>>('values'),
    sealedValues: sealed('sealed_values'),
    button: text('button'),
    comments: text('comments'),
    answeredBy: text('answered_by'),
    answeredAt: integer('answered_at'),
    expiresAt: integer('expires_at').notNull(),
    /** When its run was first said to wait for it; null while it may still go on by itself. */
    toldAt: integer('told_at'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [
    index('input_requests_org').on(t.org, t.status, t.id),
    index('input_requests_run').on(t.runId, t.id),
    index('input_requests_account').on(t.org, t.account).where(sql`account IS NOT NULL AND status = 'pending'`),
  ],
)

export const artifacts = sqliteTable(
  'artifacts',
  {
    id: text('id').primaryKey(),
    org: text('org').notNull(),
    runId: text('run_id')
      .notNull()
      .references(() => runs.id),
    workflowId: text('workflow_id').notNull(),
    activityRunId: text('activity_run_id'),
    type: text('type').$type<ArtifactType>().notNull(),
    name: text('name').notNull(),
    mimeType: text('mime_type').notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    sha256: text('sha256').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [index('artifacts_org').on(t.org, t.id), index('artifacts_run').on(t.runId, t.id)],
)

/** Values that templates name and that nobody reads again. */
export const secrets = sqliteTable(
  'secrets',
  {
    org: text('org').notNull(),
    name: text('name').notNull(),
    sealed: sealed('sealed').notNull(),
    createdBy: text('created_by'),
    updatedBy: text('updated_by'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.org, t.name] })],
)

/** Saved browser state of a logged-in account. */
export const sessions = sqliteTable(
  'sessions',
  {
    org: text('org').notNull(),
    name: text('name').notNull(),
    /** The LOGIN workflow that renews it. */
    workflowId: text('workflow_id'),
    /** Null until a login has saved it. */
    sealed: sealed('sealed'),
    savedAt: integer('saved_at'),
    /** When a run last looked whether it is still logged in. */
    checkedAt: integer('checked_at'),
    /** From when on it does not count any more: by its age, or because a run has seen that it is over. */
    expiresAt: integer('expires_at'),
    /** The run that logs in now, or did last: only one at a time does. */
    loginRunId: text('login_run_id'),
    /** Since when it fails to log in by itself, and why. */
    failedAt: integer('failed_at'),
    failure: text('failure'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.org, t.name] }), index('sessions_workflow').on(t.workflowId), index('sessions_login_run').on(t.loginRunId)],
)

/** One-time codes that others have sent on, kept for as long as they may count. */
export const otpCodes = sqliteTable(
  'otp_codes',
  {
    id: text('id').primaryKey(),
    org: text('org').notNull(),
    /** SHA-256 of it. */
    account: text('account').notNull(),
    sealed: sealed('sealed').notNull(),
    createdBy: text('created_by'),
    createdAt: integer('created_at').notNull(),
    /** The question that it has answered. */
    inputRequestId: text('input_request_id'),
  },
  (t) => [index('otp_codes_account').on(t.org, t.account, t.createdAt)],
)

export const apiKeys = sqliteTable(
  'api_keys',
  {
    id: text('id').primaryKey(),
    org: text('org').notNull(),
    name: text('name'),
    role: text('role').$type<'admin' | 'member' | 'viewer'>().notNull(),
    isMachine: integer('is_machine', { mode: 'boolean' }).notNull(),
    /** Whom it was made for: with it, they answer where several people must. */
    person: text('person'),
    /** SHA-256 of the key: keys are 32 random bytes, so a slow hash would protect nothing more. */
    hash: text('hash').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
  },
  (t) => [uniqueIndex('api_keys_hash').on(t.hash)],
)

/** The first answer to a call that started something under an `Idempotency-Key`. Written in the transaction that creates the run. */
export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    org: text('org').notNull(),
    caller: text('caller').notNull(),
    /** Method and path. */
    call: text('call').notNull(),
    key: text('key').notNull(),
    bodyHash: text('body_hash').notNull(),
    runId: text('run_id').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.org, t.caller, t.call, t.key] }), index('idempotency_keys_age').on(t.createdAt)],
)

/** Things that workflows keep account of: an employee, an invoice. Their blueprint is a name, nothing more. */
export const entities = sqliteTable(
  'entities',
  {
    id: text('id').primaryKey(),
    org: text('org').notNull(),
    blueprint: text('blueprint').notNull(),
    identifier: text('identifier').notNull(),
    title: text('title'),
    icon: text('icon'),
    team: json<string[]>('team').notNull(),
    properties: json<Record<string, unknown>>('properties').notNull(),
    relations: json<Record<string, unknown>>('relations').notNull(),
    createdBy: text('created_by'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [uniqueIndex('entities_identifier').on(t.org, t.blueprint, t.identifier)],
)

/** What happened to entities, in order: what event triggers follow. Written in the transaction of the change. */
export const entityChanges = sqliteTable('entity_changes', {
  seq: integer('seq').primaryKey({ autoIncrement: true }),
  org: text('org').notNull(),
  blueprint: text('blueprint').notNull(),
  identifier: text('identifier').notNull(),
  action: text('action').$type<'CREATE' | 'UPDATE' | 'DELETE' | 'TIMER_EXPIRED'>().notNull(),
  /** The property whose time has come, of a TIMER_EXPIRED. */
  property: text('property'),
  before: json<EntityJson>('before'),
  after: json<EntityJson>('after'),
  at: integer('at').notNull(),
})

/** Moments that entities carry in their properties, each told once when it comes. */
export const entityTimers = sqliteTable(
  'entity_timers',
  {
    org: text('org').notNull(),
    blueprint: text('blueprint').notNull(),
    identifier: text('identifier').notNull(),
    property: text('property').notNull(),
    dueAt: integer('due_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.org, t.blueprint, t.identifier, t.property] }), index('entity_timers_due').on(t.dueAt)],
)

/** Port's shape of an entity. */
export type EntityJson = {
  identifier: string
  title: string | null
  icon: string | null
  blueprint: string
  team: string[]
  properties: Record<string, unknown>
  relations: Record<string, unknown>
  createdAt: string
  createdBy: string | null
  updatedAt: string
}

/** The event triggers of the latest versions. Kept where workflows are saved. */
export const workflowTriggers = sqliteTable(
  'workflow_triggers',
  {
    workflowId: text('workflow_id').notNull(),
    org: text('org').notNull(),
    nodeId: text('node_id').notNull(),
    type: text('type').notNull(),
    blueprint: text('blueprint').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workflowId, t.nodeId] }), index('workflow_triggers_event').on(t.org, t.blueprint)],
)

/** The URLs by which others start workflows without an account. */
export const workflowHooks = sqliteTable(
  'workflow_hooks',
  {
    workflowId: text('workflow_id')
      .primaryKey()
      .references(() => workflows.id),
    org: text('org').notNull(),
    /** SHA-256 of the URL's token, as with API keys. */
    hash: text('hash').notNull(),
    createdBy: text('created_by'),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [uniqueIndex('workflow_hooks_hash').on(t.hash)],
)

/** Whom to tell of what happens: an org's subscriptions, and the `callbackUrl` of a run or job run, which goes with it. */
export const webhooks = sqliteTable(
  'webhooks',
  {
    id: text('id').primaryKey(),
    org: text('org').notNull(),
    /** Of a `callbackUrl`: the run, or the job run, that it was given with. */
    runId: text('run_id').references(() => runs.id, { onDelete: 'cascade' }),
    jobRunId: text('job_run_id').references(() => jobRuns.id, { onDelete: 'cascade' }),
    url: text('url').notNull(),
    events: json<WebhookEvent[]>('events').notNull(),
    /** Only of runs of this workflow. */
    workflowId: text('workflow_id'),
    description: text('description'),
    enabled: integer('enabled', { mode: 'boolean' }).notNull(),
    disabledReason: text('disabled_reason').$type<'gone'>(),
    /** What shares the same few connections: a receiver that hangs delays nobody in another lane. */
    lane: text('lane').notNull(),
    /** Events after this one are told, of runs and of job runs. */
    fromSeq: integer('from_seq').notNull(),
    fromJobSeq: integer('from_job_seq').notNull().default(0),
    /** It tells what whoever set it up may see. */
    viewerId: text('viewer_id'),
    seesAllRuns: integer('sees_all_runs', { mode: 'boolean' }).notNull(),
    /** Null for a `callbackUrl` that came without one: the org's own is used. */
    sealedSecret: sealed('sealed_secret'),
    /** The one before, while both are signed with. */
    sealedOldSecret: sealed('sealed_old_secret'),
    oldSecretUntil: integer('old_secret_until'),
    createdBy: text('created_by'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [
    index('webhooks_org').on(t.org, t.id),
    index('webhooks_run').on(t.runId).where(sql`run_id IS NOT NULL`),
    index('webhooks_job_run').on(t.jobRunId).where(sql`job_run_id IS NOT NULL`),
  ],
)

/** What is to be told to whom, and what came of it. What it says is read from the run when it is sent. */
export const webhookDeliveries = sqliteTable(
  'webhook_deliveries',
  {
    id: text('id').primaryKey(),
    org: text('org').notNull(),
    webhookId: text('webhook_id')
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    lane: text('lane').notNull(),
    runId: text('run_id').references(() => runs.id, { onDelete: 'cascade' }),
    jobRunId: text('job_run_id').references(() => jobRuns.id, { onDelete: 'cascade' }),
    /** The same for all webhooks that are told of one event. */
    eventId: text('event_id').notNull(),
    type: text('type').$type<DeliveryType>().notNull(),
    /** The state of the run, as the event left it. */
    state: text('state').$type<RunState>(),
    currentStateName: text('current_state_name'),
    /** The question or the file that it is about. */
    subjectId: text('subject_id'),
    /** When it happened. */
    at: integer('at').notNull(),
    status: text('status').$type<DeliveryStatus>().notNull(),
    /** When it is sent next; null when it is done with, waits for an earlier one of its run, or its webhook is disabled. */
    nextAt: integer('next_at'),
    /** When it was made, or last sent again by hand: each time later. What comes of an attempt that was on its way then is no answer to it. */
    askedAt: integer('asked_at').notNull().default(0),
    /** Attempts since then: what the retries are counted by. */
    attempts: integer('attempts').notNull(),
    /** The last of them, also from before. */
    history: json<Attempt[]>('history').notNull(),
    /** The beginning of what was answered last. */
    response: text('response'),
    createdAt: integer('created_at').notNull(),
    completedAt: integer('completed_at'),
  },
  (t) => [
    index('webhook_deliveries_webhook').on(t.webhookId, t.id),
    index('webhook_deliveries_status').on(t.webhookId, t.status, t.id),
    index('webhook_deliveries_order').on(t.webhookId, t.runId, t.id),
    index('webhook_deliveries_job_order').on(t.webhookId, t.jobRunId, t.id).where(sql`job_run_id IS NOT NULL`),
    index('webhook_deliveries_due').on(t.lane, t.nextAt).where(sql`next_at IS NOT NULL`),
    index('webhook_deliveries_run').on(t.runId).where(sql`run_id IS NOT NULL`),
    index('webhook_deliveries_job_run').on(t.jobRunId).where(sql`job_run_id IS NOT NULL`),
    index('webhook_deliveries_completed').on(t.completedAt).where(sql`completed_at IS NOT NULL`),
  ],
)

/** Ordered lists of workflows. */
export const jobs = sqliteTable(
  'jobs',
  {
    id: text('id').primaryKey(),
    org: text('org').notNull(),
    name: text('name').notNull(),
    sourceProvider: text('source_provider'),
    config: json<JobConfig>('config').notNull(),
    /** What its runs begin with, where they say nothing else. */
    inputs: json<Record<string, unknown>>('inputs').notNull(),
    sealedInputs: sealed('sealed_inputs').notNull(),
    createdBy: text('created_by'),
    updatedBy: text('updated_by'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    deletedAt: integer('deleted_at'),
  },
  (t) => [index('jobs_org').on(t.org, t.id)],
)

export const jobRuns = sqliteTable(
  'job_runs',
  {
    id: text('id').primaryKey(),
    org: text('org').notNull(),
    jobId: text('job_id')
      .notNull()
      .references(() => jobs.id),
    jobName: text('job_name').notNull(),
    status: text('status').$type<JobRunStatus>().notNull(),
    /** What the job was when this was created: what becomes of the job since changes nothing here. */
    snapshot: json<JobSnapshot>('snapshot').notNull(),
    inputs: json<Record<string, unknown>>('inputs').notNull(),
    /** What was given, and what each workflow gets of it, sealed. */
    sealedInputs: sealed('sealed_inputs').notNull(),
    /** Whether none of its workflows hides its runs. */
    anyoneMayView: integer('anyone_may_view', { mode: 'boolean' }).notNull(),
    /** Whether who made it sees hidden runs too: its runs do then, and may read their files. */
    seesAllRuns: integer('sees_all_runs', { mode: 'boolean' }).notNull().default(false),
    /** Where it begins: past what the job run before it has done. */
    fromIndex: integer('from_index').notNull(),
    /** The run of the workflow that it is at. */
    currentRunId: text('current_run_id'),
    currentIndex: integer('current_index'),
    error: json<JobRunError>('error'),
    /** That it is to stop, and why. */
    cancelReason: text('cancel_reason'),
    cancelForce: integer('cancel_force', { mode: 'boolean' }),
    rerunOf: text('rerun_of'),
    createdBy: text('created_by'),
    createdAt: integer('created_at').notNull(),
    startedAt: integer('started_at'),
    updatedAt: integer('updated_at').notNull(),
    completedAt: integer('completed_at'),
  },
  (t) => [
    index('job_runs_org').on(t.org, t.id),
    index('job_runs_job').on(t.org, t.jobId, t.id),
    index('job_runs_open').on(t.id).where(sql`completed_at IS NULL`),
    index('job_runs_completed').on(t.completedAt).where(sql`completed_at IS NOT NULL`),
  ],
)

/** What happened to job runs, in order: what webhooks follow. Written in the transaction of the change. */
export const jobRunEvents = sqliteTable(
  'job_run_events',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    org: text('org').notNull(),
    jobRunId: text('job_run_id')
      .notNull()
      .references(() => jobRuns.id, { onDelete: 'cascade' }),
    jobId: text('job_id').notNull(),
    type: text('type').$type<'job_run.started' | 'job_run.completed' | 'job_run.failed' | 'job_run.cancelled'>().notNull(),
    error: json<JobRunError>('error'),
    at: integer('at').notNull(),
  },
  (t) => [index('job_run_events_job_run').on(t.jobRunId, t.seq)],
)

/** When something starts by itself: a workflow or a job by a schedule of its own (`nodeId` is empty), or a SCHEDULE_TRIGGER. */
export const schedules = sqliteTable(
  'schedules',
  {
    /** The workflow or the job. */
    targetId: text('target_id').notNull(),
    nodeId: text('node_id').notNull(),
    org: text('org').notNull(),
    kind: text('kind').$type<'workflow' | 'job' | 'trigger'>().notNull(),
    cron: text('cron'),
    /** In place of a pattern, one moment. */
    onceAt: integer('once_at'),
    timezone: text('timezone').notNull(),
    paused: integer('paused', { mode: 'boolean' }).notNull(),
    overlap: text('overlap').$type<Overlap>().notNull(),
    catchUp: text('catch_up').$type<CatchUp>().notNull(),
    inputs: json<Record<string, unknown>>('inputs').notNull(),
    /** Null of a trigger, whose inputs stand in the workflow. */
    sealedInputs: sealed('sealed_inputs'),
    /** When it is due next; null until the scheduler has worked that out, from `setAt` on. */
    nextAt: integer('next_at'),
    /** What the clock said when `nextAt` was set. */
    setAt: integer('set_at').notNull(),
    /** Times that have come and wait for the run before to end; null when there are none. */
    queued: json<number[]>('queued'),
    /** The latest time that started something, and what that was: a run, or a job run. */
    lastAt: integer('last_at'),
    lastRunId: text('last_run_id'),
    /** The latest time that started nothing because the run before had not ended. */
    lastSkippedAt: integer('last_skipped_at'),
    /** Why the latest time started nothing. */
    lastError: json<{ code: string; message: string; at: number }>('last_error'),
    /** Counts every change, so that a time is started once, whoever looks. */
    revision: integer('revision').notNull(),
    createdBy: text('created_by'),
    /** Whether who set it sees hidden runs too: what it starts does then, and may read their files. */
    seesAllRuns: integer('sees_all_runs', { mode: 'boolean' }).notNull().default(false),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.targetId, t.nodeId] }),
    index('schedules_org').on(t.org, t.targetId),
    index('schedules_next').on(t.nextAt).where(sql`paused = 0`),
    index('schedules_queued').on(t.targetId).where(sql`queued IS NOT NULL`),
  ],
)

/** How far followers of a log have come. */
export const cursors = sqliteTable('cursors', { name: text('name').primaryKey(), seq: integer('seq').notNull() })

/** Who did what to which thing, from where. Only ever added to. */
export const auditEntries = sqliteTable(
  'audit_entries',
  {
    id: text('id').primaryKey(),
    org: text('org').notNull(),
    at: integer('at').notNull(),
    actorKind: text('actor_kind').notNull(),
    actorId: text('actor_id'),
    action: text('action').notNull(),
    targetType: text('target_type'),
    targetId: text('target_id'),
    address: text('address'),
    status: integer('status').notNull(),
  },
  (t) => [index('audit_entries_org').on(t.org, t.id)],
)
