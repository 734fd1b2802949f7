import { Card, Text, Title } from '@mantine/core'
import { Suspense } from 'react'
import type { ActivityRunJson, RunJson, WorkflowJson } from '../../server/wire.ts'
import { fetched } from '../fetched.tsx'
import { Boundary } from './boundary.tsx'
import { Loading } from './loading.tsx'

const RunGraph = fetched(() => import('./run-graph.tsx'))

type Props = { definition: WorkflowJson | null; run: RunJson; activityRuns: ActivityRunJson[]; opened: string | null; onOpen: (activityRunId: string | null) => void }

/** The workflow as a graph with the way that the run takes through it. What draws it is fetched only now. */
export const GraphCard = ({ definition, run, activityRuns, opened, onOpen }: Props) => (
  <Card component="section" aria-label="Graph" padding={0} className="graph-card">
    <Title order={2} size="h5" p="md" pb="xs">
      Graph
    </Title>
    {definition === null ? (
      <Text size="sm" c="dimmed" px="md" pb="md">
        The workflow has been deleted; what the run did is in the timeline.
      </Text>
    ) : (
      <Boundary what="The graph cannot be shown.">
        <Suspense fallback={<Loading what="Loading the graph" />}>
          <RunGraph definition={definition} run={run} activityRuns={activityRuns} opened={opened} onOpen={onOpen} />
        </Suspense>
      </Boundary>
    )}
  </Card>
)
