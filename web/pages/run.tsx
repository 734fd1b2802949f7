import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useParams } from 'wouter'
import { parseId } from '../../runner/model/id.ts'
import { isFinal } from '../../runner/model/run.ts'
import type { ActivityRunJson, RunJson, WorkflowJson } from '../../server/wire.ts'
import { getWorkflow } from '../api/workflows.ts'
import { screenshotOf } from '../artifacts-of.ts'
import { DataCard } from '../components/data-card.tsx'
import { Empty } from '../components/empty.tsx'
import { Failure } from '../components/failure.tsx'
import { FileCard } from '../components/file-card.tsx'
import { GraphCard } from '../components/graph-card.tsx'
import { Loading } from '../components/loading.tsx'
import { LogCard } from '../components/log-card.tsx'
import { Question } from '../components/question.tsx'
import { RunError } from '../components/run-error.tsx'
import { RunHeader } from '../components/run-header.tsx'
import { ScreenCard } from '../components/screen-card.tsx'
import { Timeline } from '../components/timeline.tsx'
import { useRun } from '../follow-run.ts'
import { client } from '../here.ts'
import { stepTypesOf } from '../step-types.ts'

/** The definition that the run was started with; null where it is gone. */
const useDefinition = (run: RunJson | undefined): WorkflowJson | null | undefined =>
  useQuery({
    queryKey: ['workflow', run?.workflowId, run?.workflowVersion],
    queryFn: () => getWorkflow(client, run!.workflowId, run!.workflowVersion).catch(() => null),
    enabled: run !== undefined,
    staleTime: Infinity,
  }).data

/** Whether what the page shows stands above already, with the question or with the error. */
const showsPage = (run: RunJson, activityRuns: readonly ActivityRunJson[]): boolean => {
  if (run.awaiting) return run.awaiting.screenshotArtifactId !== null
  const failed = activityRuns.find(({ id }) => id === run.error?.activityRunId)
  return failed !== undefined && screenshotOf(failed) !== undefined
}

const RunView = ({ runId }: { runId: string }) => {
  const types = useRef<ReadonlyMap<string, string>>(new Map())
  const { data, error, stream, refetch } = useRun(runId, (stepId) => types.current.get(stepId) ?? '')
  const definition = useDefinition(data?.workflowRun)
  useEffect(() => {
    if (definition) types.current = stepTypesOf(definition)
  }, [definition])
  const [opened, setOpened] = useState<string | null>(null)
  if (error && !data) return <Failure error={error} what="This run cannot be shown." onRetry={() => void refetch()} />
  if (!data) return <Loading what="Loading the run" />
  const { workflowRun: run, activityRuns, activityRunsTotal, logs } = data
  return (
    <>
      <RunHeader run={run} stepName={activityRuns.find(({ stepId }) => stepId === run.currentStateName)?.stepName ?? null} stream={stream} />
      {run.awaiting && (
        <section aria-label="Question" className="run-question">
          <Question key={run.awaiting.formId} form={run.awaiting} />
        </section>
      )}
      {run.error && <RunError run={run} activityRuns={activityRuns} />}
      <div className="run-grid">
        <div className="run-side">
          {!showsPage(run, activityRuns) && <ScreenCard run={run} activityRuns={activityRuns} />}
          {definition !== undefined && <GraphCard definition={definition} run={run} activityRuns={activityRuns} opened={opened} onOpen={setOpened} />}
        </div>
        <div className="run-main">
          <Timeline run={run} activityRuns={activityRuns} total={activityRunsTotal} opened={opened} onOpen={setOpened} />
          <FileCard runId={run.id} activityRuns={activityRuns} isOver={isFinal(run.state)} />
          <LogCard logs={logs} />
          <DataCard title="Inputs" value={Object.fromEntries(run.inputs.map(({ name, value }) => [name, value]))} />
        </div>
      </div>
    </>
  )
}

export default function Run() {
  const { runId: given } = useParams<{ runId: string }>()
  const runId = parseId(given)
  return runId ? (
    <RunView key={runId} runId={runId} />
  ) : (
    <Empty title="That is no run" action={{ label: 'To the runs', href: '/' }}>
      The address should end with the id of a run.
    </Empty>
  )
}
