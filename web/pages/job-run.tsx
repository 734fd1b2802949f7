import { Alert, Anchor, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { TriangleAlert as IconFault } from 'lucide-react'
import { Link, useLocation, useParams } from 'wouter'
import { isJobRunOver } from '../../runner/model/job.ts'
import type { JobRunJson } from '../../server/job-wire.ts'
import { getJobRun, rerunJobRun } from '../api/jobs.ts'
import { DataCard } from '../components/data-card.tsx'
import { JobRunActions } from '../components/job-run-actions.tsx'
import { JobRunFiles } from '../components/job-run-files.tsx'
import { JobRunState } from '../components/job-run-state.tsx'
import { JobRunSteps } from '../components/job-run-steps.tsx'
import { LiveMark } from '../components/live-mark.tsx'
import { Loaded } from '../components/loaded.tsx'
import { PageHead } from '../components/page-head.tsx'
import { Question } from '../components/question.tsx'
import { Ago, Lasting } from '../components/time.tsx'
import { Who } from '../components/who.tsx'
import { useFollowRuns } from '../follow-runs.ts'
import { client } from '../here.ts'
import { POLL_MS } from '../queries.ts'
import { useAct } from '../use-act.ts'
import { shortId } from '../words.ts'

const Facts = ({ jobRun: { startedAt, completedAt, createdAt, createdByUserId, rerunOf } }: { jobRun: JobRunJson }) => (
  <dl className="facts facts-below">
    <div className="fact">
      <dt>Duration</dt>
      <dd>
        <Lasting from={startedAt} to={completedAt} />
      </dd>
    </div>
    <div className="fact">
      <dt>Created</dt>
      <dd>
        <Ago at={createdAt} />
      </dd>
    </div>
    <div className="fact">
      <dt>Started by</dt>
      <dd>
        <Who userId={createdByUserId} />
      </dd>
    </div>
    {rerunOf && (
      <div className="fact">
        <dt>Repeats</dt>
        <dd>
          <Anchor component={Link} href={`/job-runs/${rerunOf}`} size="sm" className="mono">
            {shortId(rerunOf)}
          </Anchor>
        </dd>
      </div>
    )}
  </dl>
)

const JobRunView = ({ jobRun }: { jobRun: JobRunJson }) => {
  const [, navigate] = useLocation()
  const stream = useFollowRuns()
  const { id, jobId, jobName, status, awaiting, error, inputs, workflowRuns } = jobRun
  const again = useAct((fromIndex: number) => rerunJobRun(client, id, { fromIndex }), { done: 'It runs again.', touches: ['job-runs'], onDone: (made) => navigate(`/job-runs/${made.id}`) })
  const isOver = isJobRunOver(status)
  return (
    <>
      <PageHead
        title={jobName}
        above={[{ label: 'Jobs', href: '/jobs' }, { label: jobName, href: `/jobs/${jobId}` }]}
        here={shortId(id)}
        beside={
          <>
            <span className="run-state" role="status">
              <JobRunState status={status} isAsking={awaiting !== null} />
            </span>
            {!isOver && <LiveMark stream={stream} />}
          </>
        }
      >
        <JobRunActions jobRun={jobRun} />
      </PageHead>
      <Facts jobRun={jobRun} />
      {awaiting && (
        <section aria-label="Question" className="run-question">
          <Question key={awaiting.formId} form={awaiting} />
        </section>
      )}
      {error?.workflowRunId === null && (
        <Alert variant="outline" color="red" icon={<IconFault />} title={`Workflow ${error.index + 1} could not be started`} mb="lg" className="failure">
          <Text size="sm" className="prewrap">
            {error.message}
          </Text>
        </Alert>
      )}
      <div className="job-run">
        <JobRunSteps jobRun={jobRun} onAgain={(fromIndex) => again.mutate(fromIndex)} isBusy={again.isPending} />
        <JobRunFiles runs={workflowRuns} />
        <DataCard title="Inputs" value={inputs} />
      </div>
    </>
  )
}

export default function JobRun() {
  const { jobRunId } = useParams<{ jobRunId: string }>()
  const query = useQuery({
    queryKey: ['job-run', jobRunId],
    queryFn: () => getJobRun(client, jobRunId),
    // The stream tells of its runs; that the job run itself has ended is told by nobody.
    refetchInterval: ({ state }) => (state.data && isJobRunOver(state.data.status) ? false : POLL_MS),
  })
  return <Loaded query={query} name="job run">{(data) => <JobRunView key={data.id} jobRun={data} />}</Loaded>
}
