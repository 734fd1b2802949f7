import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { statsOfWorkflow, type Figures, type WorkflowStats as Stats } from '../api/workflows.ts'
import { client } from '../here.ts'
import { duration, share } from '../words.ts'
import { DayBars } from './day-bars.tsx'
import { Failure } from './failure.tsx'

const DAYS = 30

const ended = ({ completed, failed, cancelled }: Figures): number => completed + failed + cancelled

const Tile = ({ name, figure, note, children }: { name: string; figure: string; note: string; children: ReactNode }) => (
  <div className="tile">
    <div className="tile-head">
      <span className="tile-name">{name}</span>
      <span className="tile-figure figures">{figure}</span>
      <span className="faint">{note}</span>
    </div>
    {children}
  </div>
)

const Tiles = ({ days, total }: Stats) => {
  const judged = total.completed + total.failed
  const median = total.medianDurationMs === null ? '–' : duration(total.medianDurationMs)
  return (
    <>
      <Tile name="Runs that ended" figure={ended(total).toLocaleString()} note={total.cancelled > 0 ? `${total.cancelled} cancelled` : ''}>
        <DayBars
          label={`Runs that ended, day by day: ${ended(total)} in ${DAYS} days`}
          days={days.map((day) => ({
            startsAt: day.startsAt,
            words: `${day.completed} completed, ${day.failed} failed, ${day.cancelled} cancelled`,
            parts: [{ value: day.completed, status: 'completed' }, { value: day.failed, status: 'failed' }, { value: day.cancelled, status: 'cancelled' }],
          }))}
        />
      </Tile>
      <Tile name="Success rate" figure={share(total.completed, judged)} note={judged > 0 ? `${total.failed} failed` : ''}>
        <DayBars
          label={`Success rate, day by day: ${share(total.completed, judged)} in ${DAYS} days`}
          max={1}
          days={days.map((day) => {
            const of = day.completed + day.failed
            return {
              startsAt: day.startsAt,
              words: of === 0 ? 'no runs' : `${share(day.completed, of)} of ${of}`,
              parts: of === 0 ? [] : [{ value: day.completed / of, status: 'completed' }, { value: day.failed / of, status: 'failed' }],
            }
          })}
        />
      </Tile>
      <Tile name="Median duration" figure={median} note="of those that completed">
        <DayBars
          label={`Median duration, day by day: ${median} in ${DAYS} days`}
          days={days.map(({ startsAt, medianDurationMs }) => ({ startsAt, words: medianDurationMs === null ? 'none completed' : duration(medianDurationMs), parts: [{ value: medianDurationMs ?? 0, status: 'accent' }] }))}
        />
      </Tile>
    </>
  )
}

/** How a workflow has fared lately. */
export const WorkflowStats = ({ workflowId }: { workflowId: string }) => {
  const { data, error, refetch } = useQuery({ queryKey: ['workflow-stats', workflowId], queryFn: () => statsOfWorkflow(client, workflowId, DAYS), staleTime: 10_000, refetchInterval: 60_000 })
  return (
    <section className="tiles" aria-label={`The last ${DAYS} days`}>
      {error && !data ? <Failure error={error} what="The figures could not be read." onRetry={() => void refetch()} /> : data ? <Tiles {...data} /> : <div className="tile tile-blank" />}
    </section>
  )
}
