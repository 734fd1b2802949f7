import { Anchor, Button, Menu } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Pencil as IconEdit } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation, useParams } from 'wouter'
import type { JobJson, JobRunJson } from '../../server/job-wire.ts'
import { deleteJob, getJob, listJobRuns } from '../api/jobs.ts'
import { AroundCard } from '../components/around-card.tsx'
import { Loaded } from '../components/loaded.tsx'
import { Confirm } from '../components/confirm.tsx'
import { Empty } from '../components/empty.tsx'
import { JobForm } from '../components/job-form.tsx'
import { JobRunActions } from '../components/job-run-actions.tsx'
import { JobRunState } from '../components/job-run-state.tsx'
import { ListPanel } from '../components/list-panel.tsx'
import { ListTable } from '../components/list-table.tsx'
import { MoreMenu } from '../components/more-menu.tsx'
import { PageHead } from '../components/page-head.tsx'
import { RunJob } from '../components/run-job.tsx'
import { RunStateMark } from '../components/state.tsx'
import { Ago, Lasting } from '../components/time.tsx'
import { UpcomingCard } from '../components/upcoming-card.tsx'
import { Who } from '../components/who.tsx'
import { useFollowRuns } from '../follow-runs.ts'
import { client } from '../here.ts'
import { POLL_MS } from '../queries.ts'
import { useAct } from '../use-act.ts'
import { LIST_SIZE, useListParams } from '../use-list.ts'
import { useWorkflowNames } from '../use-workflow-names.ts'
import { shortId } from '../words.ts'

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
  useFollowRuns()
  const list = useQuery({ queryKey: ['job-runs', job.id, page], queryFn: () => listJobRuns(client, { jobId: job.id, page, limit: LIST_SIZE }), placeholderData: keepPreviousData, refetchInterval: POLL_MS })
  return (
    <ListPanel what="job runs" query={list} rowsOf={({ jobRuns }) => jobRuns} pagination={list.data?.pagination} onPage={(next) => change({ page: next })} empty={<Empty title="It has not run yet" />}>
      {(jobRuns) => (
        <ListTable
          label="Job runs"
          rows={jobRuns}
          keyOf={({ id }) => id}
          columns={[
            {
              name: 'State',
              width: 190,
              cell: ({ id, status, awaiting }) => (
                <Link href={`/job-runs/${id}`} className="row-link">
                  <JobRunState status={status} isAsking={awaiting !== null} />
                  <span className="sr-only">, job run {shortId(id)}</span>
                </Link>
              ),
            },
            { name: 'Runs', cell: (jobRun) => <Steps jobRun={jobRun} /> },
            { name: 'Duration', width: 110, isRight: true, cell: ({ startedAt, completedAt }) => <Lasting from={startedAt} to={completedAt} /> },
            { name: 'Started by', width: 120, isExtra: true, cell: ({ createdByUserId }) => <Who userId={createdByUserId} /> },
            { name: 'Created', width: 120, isRight: true, cell: ({ createdAt }) => <Ago at={createdAt} /> },
            {
              name: 'Actions',
              isNameless: true,
              width: 175,
              isRight: true,
              cell: (jobRun) => <JobRunActions jobRun={jobRun} isSmall />,
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
  const nameOf = useWorkflowNames(job.jobConfigJson.workflowExecutionOrder)
  const remove = useAct(() => deleteJob(client, job.id), { done: 'The job is deleted.', touches: ['jobs'], onDone: () => navigate('/jobs') })
  return (
    <>
      <PageHead title={job.name} above={[{ label: 'Jobs', href: '/jobs' }]} here={shortId(job.id)}>
        <MoreMenu>
          <Menu.Item className="menu-danger" onClick={() => setDeleting(true)}>
            Delete …
          </Menu.Item>
        </MoreMenu>
        <Button variant="default" leftSection={<IconEdit size={16} />} onClick={() => setEditing(true)}>
          Change
        </Button>
        <RunJob job={job} />
      </PageHead>
      <div className="job">
        <JobRuns job={job} />
        <div className="job-around">
          <AroundCard title="Workflows">
            <ol className="around-order">
              {job.jobConfigJson.workflowExecutionOrder.map((id, index) => (
                // oxlint-disable-next-line react/no-array-index-key -- the same workflow may come twice
                <li key={`${id} ${index}`}>
                  <Anchor component={Link} href={`/workflows/${id}`} size="sm">
                    {nameOf(id)}
                  </Anchor>
                </li>
              ))}
            </ol>
          </AroundCard>
          <UpcomingCard target={{ kind: 'job', id: job.id }} />
        </div>
      </div>
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
