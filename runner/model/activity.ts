/** The state of an activity run: one attempt at one node of a run. */
export const ACTIVITY_STATUSES = ['scheduled', 'running', 'waiting', 'completed', 'failed', 'cancelled', 'skipped'] as const
export type ActivityStatus = (typeof ACTIVITY_STATUSES)[number]

export type ActivityKind = 'trigger' | 'condition' | 'step'

/** `skipped` is a node of a re-run whose output was kept from the run before: it counts as done, and was not executed here. */
export const isActivityFinal = (status: ActivityStatus): boolean =>
  status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'skipped'

/**
 * What may follow what. In `from`, `null` is the state before the row exists; in `to`, it stands for the state as it was. Another system may
 * have done its part before the call that asked it to is over: it is heard while the node still runs.
 */
export const ACTIVITY_NEXT = {
  'activity.scheduled': { from: [null], to: 'scheduled' },
  'activity.started': { from: [null, 'scheduled', 'waiting'], to: 'running' },
  'activity.waiting': { from: ['running'], to: 'waiting' },
  'activity.updated': { from: ['running', 'waiting'], to: null },
  'activity.reported': { from: ['running', 'waiting'], to: null },
  'activity.completed': { from: ['running', 'waiting'], to: 'completed' },
  'activity.failed': { from: ['running', 'waiting', 'scheduled'], to: 'failed' },
  'activity.cancelled': { from: ['running', 'waiting', 'scheduled'], to: 'cancelled' },
  'activity.skipped': { from: [null], to: 'skipped' },
} as const satisfies Record<string, { from: readonly (ActivityStatus | null)[]; to: ActivityStatus | null }>

export type ActivityEventType = keyof typeof ACTIVITY_NEXT
