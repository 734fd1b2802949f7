import { describe, expect, test } from 'vitest'
import type { RunEventType } from '../../../runner/model/event.ts'
import { FINAL_STATES, isAwaiting, isFinal, isSuccess, nextState, OPEN_STATES, RUN_STATES, RUN_STATUSES, statesOf, toStatus, type RunState } from '../../../runner/model/run.ts'

const COLUMNS: RunState[] = ['PENDING', 'IN_PROGRESS', 'AWAITING_USER_INPUT', 'AWAITING_EXTERNAL', 'CANCELLING']
const LETTERS: Record<string, RunState> = {
  P: 'PENDING',
  I: 'IN_PROGRESS',
  U: 'AWAITING_USER_INPUT',
  E: 'AWAITING_EXTERNAL',
  C: 'CANCELLING',
  ok: 'COMPLETED',
  na: 'COMPLETED_WITH_NO_ACTION_TAKEN',
  f: 'FAILED',
  x: 'CANCELLED',
}

/** The state after each event, by the state before it, in the order of COLUMNS; a dot is a refusal. Final states refuse everything. */
const TABLE: Record<RunEventType, string> = {
  'run.created': 'P . . . .',
  'run.started': 'I I I I C',
  'run.asking': '. I . . C',
  'run.awaiting_input': '. U . . .',
  'run.awaiting_external': '. E . . .',
  'run.woken': '. . P P .',
  'run.handed_back': 'P P . . C',
  'run.cancelling': 'C C C C C',
  'run.completed': '. ok . . .',
  'run.completed_with_no_action_taken': '. na . . .',
  'run.failed': 'f f f f .',
  'run.cancelled': 'x x x x x',
  'activity.scheduled': '. I U E C',
  'activity.started': '. I U E C',
  'activity.waiting': '. I U E C',
  'activity.updated': 'P I U E C',
  'activity.reported': 'P I P P .',
  'activity.completed': '. I U E C',
  'activity.failed': '. I U E C',
  'activity.cancelled': 'P I U E C',
  'activity.skipped': 'P . . . .',
  log: 'P I U E C',
  thinking: '. I U E C',
  'artifact.created': 'P I U E C',
  'input.requested': '. I U E C',
  'input.received': 'P I U E .',
  'input.answered': 'P I P P .',
  'input.expired': '. I U E C',
  'input.cancelled': 'P I U E C',
}
const EVENTS = Object.keys(TABLE) as RunEventType[]

describe('the state table', () => {
  test.each(EVENTS.flatMap((event) => COLUMNS.map((state, index) => [state, event, TABLE[event].split(' ')[index]!] as const)))('%s and %s: %s', (state, event, letter) => {
    expect(nextState(state, event)).toBe(letter === '.' ? null : LETTERS[letter])
  })

  test('a final state takes no event at all', () => {
    expect(FINAL_STATES).toEqual(['COMPLETED', 'COMPLETED_WITH_NO_ACTION_TAKEN', 'FAILED', 'CANCELLED'])
    for (const state of FINAL_STATES) for (const event of EVENTS) expect(nextState(state, event), `${state} and ${event}`).toBeNull()
  })

  test('every open state can end, whatever happens', () => {
    const reach = (from: RunState): Set<RunState> => {
      const seen = new Set([from])
      for (const state of seen) for (const event of EVENTS) seen.add(nextState(state, event) ?? state)
      return seen
    }
    expect(OPEN_STATES.filter((state) => ![...reach(state)].some(isFinal))).toEqual([])
    // Told "cancelling", a caller can rely on it.
    expect([...reach('CANCELLING')].filter(isFinal)).toEqual(['CANCELLED'])
  })

  test('every state is open or final, and none is both', () => {
    expect([...OPEN_STATES, ...FINAL_STATES].toSorted()).toEqual([...RUN_STATES].toSorted())
    expect(OPEN_STATES).toEqual(COLUMNS)
  })
})

test.each([
  ['PENDING', 'scheduled', false, false],
  ['IN_PROGRESS', 'running', false, false],
  ['AWAITING_USER_INPUT', 'waiting', true, false],
  ['AWAITING_EXTERNAL', 'waiting', true, false],
  ['CANCELLING', 'running', false, false],
  ['COMPLETED', 'completed', false, true],
  ['COMPLETED_WITH_NO_ACTION_TAKEN', 'completed', false, true],
  ['FAILED', 'failed', false, false],
  ['CANCELLED', 'cancelled', false, false],
] as const)('%s is shown as %s', (state, status, awaiting, success) => {
  expect(toStatus(state)).toBe(status)
  expect(isAwaiting(state)).toBe(awaiting)
  expect(isSuccess(state)).toBe(success)
})

test('a status filter finds each state once', () => {
  expect(RUN_STATUSES.flatMap(statesOf).toSorted()).toEqual([...RUN_STATES].toSorted())
})
