import type { RunEventType } from './event.ts'

/**
 * The state of a workflow run (contract, section 2). The store keeps one `state`; the three vocabularies of the API are projections of it.
 * `NEXT` is the only place that says what may follow what: an event that has no entry under the present state is refused.
 */
export const RUN_STATES = [
  'PENDING',
  'IN_PROGRESS',
  'AWAITING_USER_INPUT',
  'AWAITING_EXTERNAL',
  'CANCELLING',
  'COMPLETED',
  'COMPLETED_WITH_NO_ACTION_TAKEN',
  'FAILED',
  'CANCELLED',
] as const
export type RunState = (typeof RUN_STATES)[number]

type Row = Partial<Record<RunEventType, RunState>>

/** What a worker may report while the run is, and stays, in this state. */
const working = (state: RunState): Row => ({
  'activity.scheduled': state,
  'activity.started': state,
  'activity.waiting': state,
  'activity.updated': state,
  'activity.completed': state,
  'activity.failed': state,
  'activity.cancelled': state,
  log: state,
  thinking: state,
  'artifact.created': state,
  'input.requested': state,
  'input.expired': state,
  'input.cancelled': state,
})

const ends: Row = {
  'run.completed': 'COMPLETED',
  'run.completed_with_no_action_taken': 'COMPLETED_WITH_NO_ACTION_TAKEN',
  'run.failed': 'FAILED',
}

/** A waiting run that is cancelled or fails has no worker: whoever ends it also closes what stands open. */
const waiting = (state: RunState): Row => ({
  ...working(state),
  'run.started': 'IN_PROGRESS',
  'run.woken': 'PENDING',
  'run.cancelling': 'CANCELLING',
  'run.cancelled': 'CANCELLED',
  'run.failed': 'FAILED',
  'input.received': state,
  'input.answered': 'PENDING',
  'activity.reported': 'PENDING',
})

const NEXT: Record<RunState, Row> = {
  PENDING: {
    'run.created': 'PENDING',
    'activity.skipped': 'PENDING',
    'artifact.created': 'PENDING',
    'activity.cancelled': 'PENDING',
    'input.cancelled': 'PENDING',
    'input.received': 'PENDING',
    'input.answered': 'PENDING',
    'activity.updated': 'PENDING',
    'activity.reported': 'PENDING',
    log: 'PENDING',
    'run.started': 'IN_PROGRESS',
    'run.handed_back': 'PENDING',
    'run.cancelling': 'CANCELLING',
    'run.cancelled': 'CANCELLED',
    'run.failed': 'FAILED',
  },
  IN_PROGRESS: {
    ...working('IN_PROGRESS'),
    ...ends,
    'input.received': 'IN_PROGRESS',
    'input.answered': 'IN_PROGRESS',
    'activity.reported': 'IN_PROGRESS',
    'run.started': 'IN_PROGRESS',
    'run.asking': 'IN_PROGRESS',
    'run.awaiting_input': 'AWAITING_USER_INPUT',
    'run.awaiting_external': 'AWAITING_EXTERNAL',
    'run.handed_back': 'PENDING',
    'run.cancelling': 'CANCELLING',
    'run.cancelled': 'CANCELLED',
  },
  AWAITING_USER_INPUT: waiting('AWAITING_USER_INPUT'),
  AWAITING_EXTERNAL: waiting('AWAITING_EXTERNAL'),
  CANCELLING: {
    ...working('CANCELLING'),
    // Refused: answers and every end but one. Once someone was told "cancelling", the run ends as cancelled.
    'run.started': 'CANCELLING',
    'run.asking': 'CANCELLING',
    'run.handed_back': 'CANCELLING',
    'run.cancelling': 'CANCELLING',
    'run.cancelled': 'CANCELLED',
  },
  COMPLETED: {},
  COMPLETED_WITH_NO_ACTION_TAKEN: {},
  FAILED: {},
  CANCELLED: {},
}

/** The state after `event`, or null when the table refuses it. */
export const nextState = (state: RunState, event: RunEventType): RunState | null => NEXT[state][event] ?? null

/** A final state has an empty row: nothing may follow. */
export const isFinal = (state: RunState): boolean => Object.keys(NEXT[state]).length === 0

export const FINAL_STATES = RUN_STATES.filter(isFinal)
export const OPEN_STATES = RUN_STATES.filter((state) => !isFinal(state))

/** States in which nothing executes and a browser need not be kept. */
export const isAwaiting = (state: RunState): boolean => state === 'AWAITING_USER_INPUT' || state === 'AWAITING_EXTERNAL'

export const RUN_STATUSES = ['scheduled', 'running', 'completed', 'failed', 'cancelled', 'waiting'] as const
export type RunStatus = (typeof RUN_STATUSES)[number]

/** How a run ended, in Port's words. */
export type RunResult = 'SUCCESS' | 'FAILED' | 'CANCELLED'

const PROJECTION: Record<RunState, { status: RunStatus; result: RunResult | null }> = {
  PENDING: { status: 'scheduled', result: null },
  IN_PROGRESS: { status: 'running', result: null },
  AWAITING_USER_INPUT: { status: 'waiting', result: null },
  AWAITING_EXTERNAL: { status: 'waiting', result: null },
  CANCELLING: { status: 'running', result: null },
  COMPLETED: { status: 'completed', result: 'SUCCESS' },
  COMPLETED_WITH_NO_ACTION_TAKEN: { status: 'completed', result: 'SUCCESS' },
  FAILED: { status: 'failed', result: 'FAILED' },
  CANCELLED: { status: 'cancelled', result: 'CANCELLED' },
}

/** `status` in /api/v1 (Supervity's six words). */
export const toStatus = (state: RunState): RunStatus => PROJECTION[state].status

/** The states that a `status` filter stands for. */
export const statesOf = (status: RunStatus): RunState[] => RUN_STATES.filter((state) => PROJECTION[state].status === status)

/** `result` in /v1; null while the run goes on. */
export const toResult = (state: RunState): RunResult | null => PROJECTION[state].result

/** Whether the run ended well. */
export const isSuccess = (state: RunState): boolean => PROJECTION[state].result === 'SUCCESS'
