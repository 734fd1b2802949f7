import { Button, Menu } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ChevronDown as IconMore, Pencil as IconEdit, Play as IconPlay } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation, useParams } from 'wouter'
import { isJobRunOver, type JobRunStatus } from '../../runner/model/job.ts'
import type { JobJson, JobRunJson } from '../../server/job-wire.ts'
import { cancelJobRun, deleteJob, getJob, listJobRuns, rerunJobRun, startJob } from '../api/jobs.ts'
import { Loaded } from '../components/loaded.tsx'
import { Confirm } from '../components/confirm.tsx'
import { Empty } from '../components/empty.tsx'
import { JobForm } from '../components/job-form.tsx'
import { ListPanel } from '../components/list-panel.tsx'
import { ListTable } from '../components/list-table.tsx'
import { PageHead } from '../components/page-head.tsx'
import { RunStateMark, StateMark } from '../components/state.tsx'
import { Ago, Lasting } from '../components/time.tsx'
import { Who } from '../components/who.tsx'
import { client } from '../here.ts'
import { useAct } from '../use-act.ts'
import { LIST_SIZE, useListParams } from '../use-list.ts'

const LOOK_MS = 2_000

const STATES: Record<JobRunStatus, [status: string, words: string]> = { PENDING: ['scheduled', 'Scheduled'], IN_PROGRESS: ['running', 'Running'], COMPLETED: ['completed', 'Completed'], FAILED: ['failed', 'Failed'], CANCELLED: ['cancelled', 'Cancelled'] }

/** The runs of a job run, in their order, and why it ended early. */
const Steps = ({ jobRun: { workflowRuns, jobConfigJsonSnapshot, error } }: { jobRun: JobRunJson }) => (
  <span className="job-steps">
    {workflowRuns.map((run) => (
      <Link key={run.id} href={`/runs/${run.identifier}`} className="job-step">
        <RunStateMark state={run.state} /> <span className="faint">{run.workflowName ?? run.workflowIdentifier}</span>
      </Link>
    ))}
    {error && workflowRuns.every(({ id }) => id !== error.workflowRunId) && <span className="step-error">{error.message}</span>}
    <span className="faint">
      {workflowRuns.length} of {jobConfigJsonSnapshot.workflowExecutionOrder.length}
    </span>
  </span>
)

const JobRuns = ({ job }: { job: JobJson }) => {
  const { page, change } = useListParams()
  const list = useQuery({ queryKey: ['job-runs', job.id, page], queryFn: () => listJobRuns(client, { jobId: job.id, page, limit: LIST_SIZE }), placeholderData: keepPreviousData, refetchInterval: LOOK_MS })
  const cancel = useAct((id: string) => cancelJobRun(client, id), { touches: ['job-runs'] })
  const again = useAct(({ id, status }: JobRunJson) => rerunJobRun(client, id, status === 'COMPLETED' ? {} : { fromFailure: true }), { done: 'It runs again.', touches: ['job-runs'] })
  return (
    <ListPanel what="job runs" query={list} rowsOf={({ jobRuns }) => jobRuns} pagination={list.data?.pagination} onPage={(next) => change({ page: next })} empty={<Empty title="It has not run yet" />}>
      {(jobRuns) => (
        <ListTable
          label="Job runs"
          rows={jobRuns}
          keyOf={({ id }) => id}
          columns={[
            { name: 'State', width: 150, cell: ({ status }) => <StateMark status={STATES[status][0]}>{STATES[status][1]}</StateMark> },
            { name: 'Runs', cell: (jobRun) => <Steps jobRun={jobRun} /> },
            { name: 'Duration', width: 110, isRight: true, cell: ({ startedAt, completedAt }) => <Lasting from={startedAt} to={completedAt} /> },
            { name: 'Started by', width: 120, isExtra: true, cell: ({ createdByUserId }) => <Who userId={createdByUserId} /> },
            { name: 'Created', width: 120, isRight: true, cell: ({ createdAt }) => <Ago at={createdAt} /> },
            {
              name: 'Actions',
              isNameless: true,
              width: 175,
              isRight: true,
              cell: (jobRun) =>
                isJobRunOver(jobRun.status) ? (
                  <Button variant="default" size="xs" onClick={() => again.mutate(jobRun)}>
                    {jobRun.status === 'COMPLETED' ? 'Run again' : 'Go on from there'}
                  </Button>
                ) : (
                  <Button variant="default" size="xs" onClick={() => cancel.mutate(jobRun.id)}>
                    Cancel
                  </Button>
                ),
            },
          ]}
        />
      )}
    </ListPanel>
  )
}

const JobView = ({ job }: { job: JobJson }) => {
  const [, navigate] = useLocation()
  const [isEditing, setEditing] = useState(false)
  const [isDeleting, setDeleting] = useState(false)
  const start = useAct(() => startJob(client, job.id), { touches: ['job-runs'] })
  const remove = useAct(() => deleteJob(client, job.id), { done: 'The job is deleted.', touches: ['jobs'], onDone: () => navigate('/jobs') })
  return (
    <>
      <PageHead title={job.name} above={[{ label: 'Jobs', href: '/jobs' }]} here={job.schedule?.cron ?? 'by hand'}>
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <Button variant="default" rightSection={<IconMore size={16} />}>
              More
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item component={Link} href="/schedules">
              Schedules
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item className="menu-danger" onClick={() => setDeleting(true)}>
              Delete …
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        <Button variant="default" leftSection={<IconEdit size={16} />} onClick={() => setEditing(true)}>
          Change
        </Button>
        <Button leftSection={<IconPlay size={16} />} loading={start.isPending} onClick={() => start.mutate(undefined)}>
          Run
        </Button>
      </PageHead>
      <JobRuns job={job} />
      {isEditing && <JobForm given={job} onClose={() => setEditing(false)} />}
      <Confirm title={`Delete ${job.name}?`} opened={isDeleting} onClose={() => setDeleting(false)} action="Delete" isBusy={remove.isPending} onConfirm={() => remove.mutate(undefined)}>
        It cannot be started any more. Its runs stay, and those that go on end as they would.
      </Confirm>
    </>
  )
}

export default function Job() {
  const { jobId } = useParams<{ jobId: string }>()
  const query = useQuery({ queryKey: ['job', jobId], queryFn: () => getJob(client, jobId) })
  return <Loaded query={query} name="job">{(data) => <JobView job={data} />}</Loaded>
}
