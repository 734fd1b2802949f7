import { Checkbox } from '@mantine/core'
import { Link } from 'wouter'
import { isFinal } from '../../runner/model/run.ts'
import type { RunJson } from '../../server/wire.ts'
import { shortId } from '../words.ts'
import { RunStateMark } from './state.tsx'
import { Ago, Lasting } from './time.tsx'
import { Who } from './who.tsx'

type Props = { runs: RunJson[]; selected: ReadonlySet<string>; onSelect: (selected: ReadonlySet<string>) => void }

const nameOf = ({ workflowName, workflowIdentifier }: RunJson): string => workflowName ?? workflowIdentifier

/** What a run is doing, or what became of it. */
const stepOf = ({ state, error, currentStateName, awaiting }: RunJson): string => {
  if (awaiting && (state === 'AWAITING_USER_INPUT' || state === 'IN_PROGRESS')) return awaiting.title
  if (error) return error.message
  return isFinal(state) ? '' : (currentStateName ?? '').replaceAll('_', ' ')
}

const Row = ({ run, isSelected, onToggle }: { run: RunJson; isSelected: boolean; onToggle: () => void }) => (
  <tr data-selected={isSelected || undefined}>
    <td className="cell-check">
      <Checkbox size="xs" aria-label={`Select ${nameOf(run)} ${shortId(run.id)}`} checked={isSelected} onChange={onToggle} />
    </td>
    <td className="cell-state">
      <RunStateMark state={run.state} />
    </td>
    <td className="cell-name">
      <Link href={`/runs/${run.identifier}`} className="row-link">
        {nameOf(run)}
      </Link>
      <span className="faint mono">{shortId(run.id)}</span>
    </td>
    <td className="cell-step" title={stepOf(run)}>
      <span className={run.state === 'FAILED' ? 'step-error' : undefined}>{stepOf(run)}</span>
    </td>
    <td className="cell-number">
      <Lasting from={run.startedAt} to={run.completedAt} />
    </td>
    <td className="cell-who">
      <Who userId={run.createdByUserId} />
    </td>
    <td className="cell-when">
      <Ago at={run.createdAt} />
    </td>
  </tr>
)

export const RunTable = ({ runs, selected, onSelect }: Props) => {
  const all = runs.length > 0 && runs.every(({ id }) => selected.has(id))
  const some = runs.some(({ id }) => selected.has(id))
  const toggle = (id: string): void => {
    const next = new Set(selected)
    if (!next.delete(id)) next.add(id)
    onSelect(next)
  }
  return (
    <table className="runs">
      <thead>
        <tr>
          <th className="cell-check">
            <Checkbox size="xs" aria-label="Select all runs of this page" checked={all} indeterminate={some && !all} onChange={() => onSelect(new Set(all ? [] : runs.map(({ id }) => id)))} />
          </th>
          <th>State</th>
          <th>Workflow</th>
          <th>Current step</th>
          <th className="cell-number">Duration</th>
          <th>Started by</th>
          <th className="cell-when">Created</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <Row key={run.id} run={run} isSelected={selected.has(run.id)} onToggle={() => toggle(run.id)} />
        ))}
      </tbody>
    </table>
  )
}
