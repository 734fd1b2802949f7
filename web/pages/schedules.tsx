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
import { client } from '../here.ts'
import { POLL_MS } from '../queries.ts'
import { useAct } from '../use-act.ts'
import { LIST_SIZE, useListParams } from '../use-list.ts'
import { moment } from '../words.ts'

const targetOf = ({ jobId, workflowId }: ListedScheduleJson): ScheduleTarget => (jobId === null ? { kind: 'workflow', id: workflowId ?? '' } : { kind: 'job', id: jobId })

const Name = ({ schedule: { kind, name, jobId, nodeId } }: { schedule: ListedScheduleJson }) => (
  <span className="two-lines">
    <Link href={jobId === null ? `/workflows/${name}` : `/jobs/${jobId}`} className="row-link">
      {name}
    </Link>
    <span className="faint">{kind === 'trigger' ? `step ${nodeId}` : kind}</span>
  </span>
)

const Times = ({ schedule: { cron, at, timezone } }: { schedule: ListedScheduleJson }) => (
  <span className="two-lines">
    <span className="mono">{cron ?? (at && moment(at))}</span>
    <span className="faint">{timezone}</span>
  </span>
)

const Next = ({ schedule: { paused, nextRuns, lastError } }: { schedule: ListedScheduleJson }) => (
  <span className="two-lines">
    <span>{paused ? 'Paused' : nextRuns[0] ? <time dateTime={nextRuns[0]}>{moment(nextRuns[0])}</time> : 'No more'}</span>
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
              { name: 'Next', width: '22%', cell: (schedule) => <Next schedule={schedule} /> },
              {
                name: 'Last',
                width: 120,
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
                      <Switch size="sm" aria-label={`${schedule.name} runs on time`} checked={!schedule.paused} onChange={({ currentTarget }) => pause.mutate({ schedule, paused: !currentTarget.checked })} />
                      <Button variant="default" size="xs" onClick={() => setEdited(schedule)} aria-label={`Change the schedule of ${schedule.name}`}>
                        Change
                      </Button>
                      <Button variant="default" size="xs" onClick={() => setRemoved(schedule)} aria-label={`Delete the schedule of ${schedule.name}`}>
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
      <Confirm title={`Delete the schedule of ${removed?.name ?? ''}?`} opened={removed !== null} onClose={() => setRemoved(null)} action="Delete" isBusy={remove.isPending} onConfirm={() => removed && remove.mutate(removed)}>
        It starts by itself no more. To stop it for a while, pause it.
      </Confirm>
    </>
  )
}
