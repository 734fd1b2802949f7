import { memo } from 'react'
import type { ActivityRunJson, RunJson } from '../../server/wire.ts'
import { ACTIVITY_WORDS, roundOf } from '../words.ts'
import { ActivityDetail } from './activity-detail.tsx'
import { Lasting } from './time.tsx'

type Props = { run: RunJson; activity: ActivityRunJson; from: number; to: number; isOpen: boolean; onToggle: (id: string | null) => void }

/** When it ran, as a part of the time that the run took. */
const Bar = ({ activity: { startedAt, completedAt, status }, from, to }: Pick<Props, 'activity' | 'from' | 'to'>) => {
  if (startedAt === null) return <span className="bar" />
  const begin = Math.min(1, Math.max(0, (Date.parse(startedAt) - from) / (to - from)))
  const end = Math.min(1, Math.max(begin, ((completedAt === null ? to : Date.parse(completedAt)) - from) / (to - from)))
  return (
    <span className="bar" aria-hidden>
      <span className="bar-part" data-status={status} style={{ left: `${begin * 100}%`, width: `${(end - begin) * 100}%` }} />
    </span>
  )
}

/** One attempt at one node, and all about it when it is opened. */
const Row = ({ run, activity, from, to, isOpen, onToggle }: Props) => {
  const { id, stepId, stepName, type, status, attempt, iteration, startedAt, completedAt } = activity
  return (
    <>
      <button type="button" className="timeline-row" aria-expanded={isOpen} onClick={() => onToggle(isOpen ? null : id)}>
        <span className="state" data-status={status} title={ACTIVITY_WORDS[status]}>
          <span className="state-dot" aria-hidden />
          <span className="sr-only">{ACTIVITY_WORDS[status]}</span>
        </span>
        <span className="timeline-name">
          <span className="timeline-title">{stepName ?? stepId}</span>
          <span className="faint timeline-type">{type.toLowerCase().replaceAll('_', ' ')}</span>
          {iteration !== null && <span className="chip">round {roundOf(iteration)}</span>}
          {attempt > 1 && <span className="chip">attempt {attempt}</span>}
        </span>
        <Bar activity={activity} from={from} to={to} />
        <span className="timeline-duration">{status === 'skipped' ? <span className="faint">kept</span> : <Lasting from={startedAt} to={completedAt} />}</span>
      </button>
      {isOpen && <ActivityDetail run={run} activity={activity} />}
    </>
  )
}

/** What ended long ago is drawn again only when the scale of its bar changes by something that can be seen. */
const isSame = (before: Props, after: Props): boolean =>
  before.activity === after.activity && before.isOpen === after.isOpen && before.run.state === after.run.state && before.onToggle === after.onToggle && before.from === after.from && Math.abs(after.to - before.to) / (after.to - after.from) < 0.002

export const TimelineRow = memo(Row, isSame)
