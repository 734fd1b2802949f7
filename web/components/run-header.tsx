import { Anchor, Breadcrumbs, Group, Text, Title } from '@mantine/core'
import { Link } from 'wouter'
import type { RunJson } from '../../server/wire.ts'
import type { StreamState } from '../api/stream.ts'
import { shortId } from '../words.ts'
import { LiveMark } from './live-mark.tsx'
import { RunActions } from './run-actions.tsx'
import { RunStateMark } from './state.tsx'
import { Ago, Lasting } from './time.tsx'
import { Who } from './who.tsx'

const Fact = ({ name, children }: { name: string; children: React.ReactNode }) => (
  <div className="fact">
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

/** What a run is, where it stands, and what can be done with it. @param stepName the title of the step where it stands, unless that has a state of its own */
export const RunHeader = ({ run, stepName, stream }: { run: RunJson; stepName: string | null; stream: StreamState }) => (
  <header className="run-header">
    <Breadcrumbs separator="›" separatorMargin={6} mb={4}>
      <Anchor component={Link} href="/" size="sm">
        Runs
      </Anchor>
      <Text size="sm" c="dimmed" className="mono">
        {shortId(run.id)}
      </Text>
    </Breadcrumbs>
    <Group justify="space-between" align="flex-start" gap="sm">
      <Group gap="md" align="center">
        <Title order={1} size="h2">
          {run.workflowName ?? run.workflowIdentifier}
        </Title>
        <Group gap="md" wrap="nowrap">
          <span className="run-state" role="status">
            <RunStateMark state={run.state} />
          </span>
          <LiveMark stream={stream} />
        </Group>
      </Group>
      <RunActions run={run} />
    </Group>
    <dl className="facts">
      <Fact name="Duration">
        <Lasting from={run.startedAt} to={run.completedAt} />
      </Fact>
      <Fact name="Created">
        <Ago at={run.createdAt} />
      </Fact>
      <Fact name="Started by">
        <Who userId={run.createdByUserId} />
      </Fact>
      <Fact name="Workflow">
        <Anchor component={Link} href={`/workflows/${run.workflowIdentifier}`} size="sm" className="mono">
          {run.workflowIdentifier}
        </Anchor>
        , version {run.workflowVersion}
      </Fact>
      {run.currentStateName && <Fact name={run.completedAt ? 'Last step' : 'Current step'}>{stepName ?? run.currentStateName.replaceAll('_', ' ')}</Fact>}
      {run.jobRunId && (
        <Fact name="Part of">
          <Anchor component={Link} href={`/job-runs/${run.jobRunId}`} size="sm">
            a job run
          </Anchor>
        </Fact>
      )}
      {run.rerunOf && (
        <Fact name="Repeats">
          <Anchor component={Link} href={`/runs/${run.rerunOf}`} size="sm" className="mono">
            {shortId(run.rerunOf)}
          </Anchor>
        </Fact>
      )}
    </dl>
  </header>
)
