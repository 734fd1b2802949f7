import { Button, Switch } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { CalendarClock as IconSchedule, Plus as IconPlus } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { ListedScheduleJson } from '../../server/schedule-wire.ts'
import { deleteSchedule, listSchedules, setSchedule, type ScheduleTarget } from '../api/schedules.ts'
import { Confirm } from '../components/confirm.tsx'
import { Empty } from '../components/empty.tsx'
import { ListPanel } from '../components/list-panel.tsx'
import { ListTable } from '../components/list-table.tsx'
import { PageHead } from '../components/page-head.tsx'
import { ScheduleForm } from '../components/schedule-form.tsx'
import { Ago } from '../components/time.tsx'
import { cronWords } from '../cron-words.ts'
import { client } from '../here.ts'
import { POLL_MS } from '../queries.ts'
import { useAct } from '../use-act.ts'
import { LIST_SIZE, useListParams } from '../use-list.ts'
import { momentIn } from '../zones.ts'

const targetOf = ({ jobId, workflowId }: ListedScheduleJson): ScheduleTarget => (jobId === null ? { kind: 'workflow', id: workflowId ?? '' } : { kind: 'job', id: jobId })

const nameOf = ({ title, name }: ListedScheduleJson): string => title ?? name

const Name = ({ schedule }: { schedule: ListedScheduleJson }) => {
  const { kind, name, jobId, nodeId } = schedule
  return (
    <span className="two-lines">
      <Link href={jobId === null ? `/workflows/${name}` : `/jobs/${jobId}`} className="row-link">
        {nameOf(schedule)}
      </Link>
      <span className="faint">{kind === 'trigger' ? `step ${nodeId} of ${name}` : kind}</span>
    </span>
  )
}

const Times = ({ schedule: { cron, at, timezone } }: { schedule: ListedScheduleJson }) => {
  const words = cron === null ? null : cronWords(cron)
  return (
    <span className="two-lines">
      <span>{words ?? (cron === null ? at && momentIn(at, timezone) : <span className="mono">{cron}</span>)}</span>
      <span className="faint">
        {words && <span className="mono">{cron}</span>} {timezone}
      </span>
    </span>
  )
}

const Next = ({ schedule: { paused, timezone, nextRuns, lastError } }: { schedule: ListedScheduleJson }) => (
  <span className="two-lines">
    <span>{paused ? 'Paused' : nextRuns[0] ? <time dateTime={nextRuns[0]}>{momentIn(nextRuns[0], timezone)}</time> : 'No more'}</span>
    {lastError && <span className="step-error" title={lastError.message}>{lastError.message}</span>}
  </span>
)

export default function Schedules() {
  const { page, change } = useListParams()
  const [edited, setEdited] = useState<ListedScheduleJson | 'new' | null>(null)
  const [removed, setRemoved] = useState<ListedScheduleJson | null>(null)
  const list = useQuery({ queryKey: ['schedules', page], queryFn: () => listSchedules(client, { page, limit: LIST_SIZE }), placeholderData: keepPreviousData, refetchInterval: POLL_MS })
  const pause = useAct(({ schedule, paused }: { schedule: ListedScheduleJson; paused: boolean }) => setSchedule(client, targetOf(schedule), { paused }), { touches: ['schedules'] })
  const remove = useAct((schedule: ListedScheduleJson) => deleteSchedule(client, targetOf(schedule)), { done: 'The schedule is gone.', touches: ['schedules'], onDone: () => setRemoved(null) })
  return (
    <>
      <PageHead title="Schedules">
        <Button leftSection={<IconPlus size={16} />} onClick={() => setEdited('new')}>
          Set a schedule
        </Button>
      </PageHead>
      <ListPanel
        what="schedules"
        query={list}
        rowsOf={({ schedules }) => schedules}
        pagination={list.data?.pagination}
        onPage={(next) => change({ page: next })}
        empty={
          <Empty title="Nothing starts by itself yet" icon={<IconSchedule size={28} />}>
            A schedule starts a workflow or a job at its times, in its time zone, once for each time whatever happens to the server.
          </Empty>
        }
      >
        {(schedules) => (
          <ListTable
            label="Schedules"
            rows={schedules}
            keyOf={({ kind, name, nodeId, jobId }) => `${kind} ${jobId ?? name} ${nodeId}`}
            columns={[
              { name: 'Starts', cell: (schedule) => <Name schedule={schedule} /> },
              { name: 'When', width: '22%', cell: (schedule) => <Times schedule={schedule} /> },
              { name: 'Next', width: '21%', cell: (schedule) => <Next schedule={schedule} /> },
              {
                name: 'Last',
                width: 100,
                isRight: true,
                isExtra: true,
                cell: ({ lastRunAt, lastWorkflowRunId }) => (lastRunAt === null ? <span className="faint">–</span> : lastWorkflowRunId ? <Link href={`/runs/${lastWorkflowRunId}`}><Ago at={lastRunAt} /></Link> : <Ago at={lastRunAt} />),
              },
              {
                name: 'Actions',
                isNameless: true,
                width: 240,
                isRight: true,
                cell: (schedule) =>
                  schedule.kind === 'trigger' ? (
                    <span className="faint">set in the workflow</span>
                  ) : (
                    <span className="row-actions">
                      <Switch size="sm" aria-label={`${nameOf(schedule)} runs on time`} checked={!schedule.paused} onChange={({ currentTarget }) => pause.mutate({ schedule, paused: !currentTarget.checked })} />
                      <Button variant="default" size="xs" onClick={() => setEdited(schedule)} aria-label={`Change the schedule of ${nameOf(schedule)}`}>
                        Change
                      </Button>
                      <Button variant="default" size="xs" onClick={() => setRemoved(schedule)} aria-label={`Delete the schedule of ${nameOf(schedule)}`}>
                        Delete
                      </Button>
                    </span>
                  ),
              },
            ]}
          />
        )}
      </ListPanel>
      {edited !== null && <ScheduleForm given={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />}
      <Confirm title={`Delete the schedule of ${removed ? nameOf(removed) : ''}?`} opened={removed !== null} onClose={() => setRemoved(null)} action="Delete" isBusy={remove.isPending} onConfirm={() => removed && remove.mutate(removed)}>
        It starts by itself no more. To stop it for a while, pause it.
      </Confirm>
    </>
  )
}
