import type { ActivityKind } from './activity.ts'
import type { Artifact } from './artifact.ts'
import type { Responders } from './shared-question.ts'

/**
 * What can happen to a run. Every change of a run is one of these, recorded together with the rows it changes (`db/event-log.ts`).
 * Nothing in an event is secret: what holds a secret has been redacted before, or travels sealed beside it.
 */

/** Why a run or an activity run ended as it did (contract, section 2). */
export type RunError = {
  code: string
  message: string
  stepId: string | null
  activityRunId: string | null
  attempt: number | null
  details?: unknown
}

/** A new activity run, as its first event tells it. */
export type NewActivity = {
  id: string
  nodeId: string
  title: string | null
  kind: ActivityKind
  type: string
  attempt: number
  /** Where in a loop it runs, null outside loops. */
  iteration: string | null
}

/** `session`: a run that logs in. */
export type WaitsFor = 'timer' | 'input' | 'external' | 'child' | 'session'

/** How another system says that its part ended. */
export type Report = { result: 'SUCCESS' | 'FAILED' | 'CANCELLED'; output: unknown; message: string | null }

/** A question to a person that pauses a run. */
export type NewInputRequest = {
  id: string
  activityId: string
  stepName: string
  title: string
  description: string | null
  schema: unknown
  buttons: unknown
  responders: Responders | null
  screenshotArtifactId: string | null
  /** Whose one-time codes answer it. */
  account: string | null
  expiresAt: number
}

export type RunEvent =
  | { type: 'run.created' }
  | { type: 'run.started' }
  /** `wakeAt` in milliseconds since 1970: when the run is to be looked at again, if nothing else wakes it. */
  | { type: 'run.awaiting_input'; wakeAt: number | null }
  | { type: 'run.awaiting_external'; wakeAt: number | null }
  /** A person is asked while other nodes go on. */
  | { type: 'run.asking' }
  /** The timer of a waiting run went off, or something it waited for arrived. */
  | { type: 'run.woken' }
  /** A worker gave the run back, or died; another goes on from the last checkpoint. */
  | { type: 'run.handed_back'; reason: 'shutdown' | 'crash' }
  | { type: 'run.cancelling'; reason: string; force: boolean }
  | { type: 'run.completed'; outputs: unknown }
  | { type: 'run.completed_with_no_action_taken'; outputs: unknown; reason: string }
  | { type: 'run.failed'; outputs: unknown; error: RunError }
  | { type: 'run.cancelled'; outputs: unknown; error: RunError }
  | { type: 'activity.scheduled'; activity: NewActivity; dueAt: number }
  | { type: 'activity.started'; activity: NewActivity; stateName: string; config?: unknown; links?: string[] }
  /** `dueAt`: when the wait ends by itself, in milliseconds since 1970. `waitsFor` is null for a loop, whose rounds wait. */
  | { type: 'activity.waiting'; activityId: string; dueAt: number | null; waitsFor: WaitsFor | null; installationId?: string }
  /** Another system tells how its part goes on. */
  | { type: 'activity.updated'; activityId: string; outputs?: unknown; externalRunId?: string; links?: string[] }
  /** Another system, or a child run, tells how its part ended; the run goes on with it. */
  | { type: 'activity.reported'; activityId: string; report: Report }
  | { type: 'activity.completed'; activityId: string; outputs: unknown; matchedTarget?: number; links?: string[] }
  | { type: 'activity.failed'; activityId: string; error: RunError; outputs?: unknown }
  | { type: 'activity.cancelled'; activityId: string; error: RunError }
  | { type: 'activity.skipped'; activity: NewActivity; outputs: unknown }
  | { type: 'log'; activityId: string | null; level: string; message: string; tags: Record<string, string> }
  | { type: 'thinking'; activityId: string; text: string }
  | { type: 'artifact.created'; activityId: string | null; artifact: Artifact }
  | { type: 'input.requested'; request: NewInputRequest }
  /** One of several answers that a question needs has come. */
  | { type: 'input.received'; requestId: string; by: string | null; values: unknown; button: string | null; comments: string | null }
  | { type: 'input.answered'; requestId: string; by: string | null; values: unknown; button: string | null; comments: string | null }
  | { type: 'input.expired'; requestId: string }
  | { type: 'input.cancelled'; requestId: string }

export type RunEventType = RunEvent['type']
