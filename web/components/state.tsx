import { toStatus, type RunState } from '../../runner/model/run.ts'
import { STATE_WORDS } from '../words.ts'

/** A state as a dot and a word: never by its colour alone. */
export const StateMark = ({ status, children }: { status: string; children: string }) => (
  <span className="state" data-status={status}>
    <span className="state-dot" aria-hidden />
    {children}
  </span>
)

export const RunStateMark = ({ state }: { state: RunState }) => <StateMark status={state === 'CANCELLING' ? 'cancelled' : toStatus(state)}>{STATE_WORDS[state]}</StateMark>
