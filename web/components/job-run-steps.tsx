import { Button, Card, Title } from '@mantine/core'
import { Link } from 'wouter'
import { isJobRunOver } from '../../runner/model/job.ts'
import type { JobRunJson } from '../../server/job-wire.ts'
import type { RunJson } from '../../server/wire.ts'
import { useWorkflowNames } from '../use-workflow-names.ts'
import { RunStateMark, StateMark } from './state.tsx'
import { Lasting } from './time.tsx'

type Step = { workflowId: string; version: number | undefined; run: RunJson | undefined; isBefore: boolean; error: string | null; /** It could not be started. */ isStuck: boolean }

const stepsOf = ({ jobConfigJsonSnapshot: { workflowExecutionOrder, workflowVersions }, workflowRuns, fromIndex, error }: JobRunJson): Step[] =>
  workflowExecutionOrder.map((workflowId, index) => {
    const run = workflowRuns[index - fromIndex]
    return { workflowId, version: workflowVersions[index], run, isBefore: index < fromIndex, error: run?.error?.message ?? null, isStuck: !run && error?.index === index }
  })

const State = ({ step: { run, isBefore, isStuck }, isOver }: { step: Step; isOver: boolean }) => {
  if (run) return <RunStateMark state={run.state} />
  if (isBefore) return <StateMark status="skipped">Done before</StateMark>
  if (isStuck) return <StateMark status="failed">Not started</StateMark>
  return <StateMark status={isOver ? 'none' : 'scheduled'}>{isOver ? 'Not reached' : 'To come'}</StateMark>
}

/** The workflows of a job run in their order: what has become of each, and what is still to come. */
export const JobRunSteps = ({ jobRun, onAgain, isBusy }: { jobRun: JobRunJson; onAgain: (fromIndex: number) => void; isBusy: boolean }) => {
  const nameOf = useWorkflowNames(jobRun.jobConfigJsonSnapshot.workflowExecutionOrder)
  const isOver = isJobRunOver(jobRun.status)
  return (
    <Card component="section" aria-label="Workflows" padding={0}>
      <Title order={2} size="h5" p="md" pb="xs">
        Workflows
      </Title>
      <ol className="job-run-steps">
        {stepsOf(jobRun).map((step, index) => {
          const { workflowId, version, run, error } = step
          const name = run ? (run.workflowName ?? run.workflowIdentifier) : nameOf(workflowId)
          return (
            // oxlint-disable-next-line react/no-array-index-key -- the same workflow may come twice
            <li key={index} data-current={(run && run.completedAt === null) || undefined}>
              <span className="job-run-step">
                <span className="two-lines">
                  {run ? (
                    <Link href={`/runs/${run.identifier}`} className="row-link">
                      {name}
                    </Link>
                  ) : (
                    <span className="faint">{name}</span>
                  )}
                  <span className="faint">
                    {version !== undefined && `version ${version}`}
                    {run?.completedAt === null && run.currentStateName && ` · ${run.currentStateName.replaceAll('_', ' ')}`}
                  </span>
                </span>
                {error && <span className="step-error prewrap">{error}</span>}
              </span>
              <span className="job-run-state">
                <State step={step} isOver={isOver} />
              </span>
              <span className="job-run-again">
                {isOver && run && (
                  <Button variant="subtle" size="compact-xs" disabled={isBusy} onClick={() => onAgain(index)} aria-label={`Again from here: ${name} (${index + 1})`}>
                    Again from here
                  </Button>
                )}
              </span>
              <span className="job-run-time">{run && <Lasting from={run.startedAt} to={run.completedAt} />}</span>
            </li>
          )
        })}
      </ol>
    </Card>
  )
}
