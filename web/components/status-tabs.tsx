import type { RunStatus } from '../../runner/model/run.ts'
import type { RunCounts } from '../api/runs.ts'

const TABS: [status: RunStatus | undefined, label: string][] = [
  [undefined, 'All'],
  ['running', 'Running'],
  ['waiting', 'Waiting'],
  ['scheduled', 'Scheduled'],
  ['completed', 'Completed'],
  ['failed', 'Failed'],
  ['cancelled', 'Cancelled'],
]

/** How many runs there are of each status, and the choice of one. */
export const StatusTabs = ({ counts, status, onChange }: { counts: RunCounts | undefined; status: RunStatus | undefined; onChange: (status: RunStatus | undefined) => void }) => (
  <div className="status-tabs" role="group" aria-label="Status">
    {TABS.map(([value, label]) => (
      <button key={label} type="button" className="status-tab" data-status={value ?? 'all'} aria-pressed={value === status} onClick={() => onChange(value)}>
        <span className="status-tab-label">
          {value && <span className="state-dot" aria-hidden />}
          {label}
        </span>
        <span className="status-tab-count figures">{counts ? (value ? counts.counts[value] : counts.total).toLocaleString() : '–'}</span>
      </button>
    ))}
  </div>
)
