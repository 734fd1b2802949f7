import { toStatus, type RunState } from '../../runner/model/run.ts'
import { STATE_WORDS } from '../words.ts'

/** A state as a dot and a word: never by its colour alone. */
export const RunStateMark = ({ state }: { state: RunState }) => (
  <span className="state" data-status={state === 'CANCELLING' ? 'cancelled' : toStatus(state)}>
    <span className="state-dot" aria-hidden />
    {STATE_WORDS[state]}
  </span>
)
