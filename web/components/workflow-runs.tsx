import { Anchor, Card, Group, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { listRuns } from '../api/runs.ts'
import type { StreamState } from '../api/stream.ts'
import { client } from '../here.ts'
import { POLL_MS } from '../queries.ts'
import { shortId } from '../words.ts'
import { Failure } from './failure.tsx'
import { ListTable } from './list-table.tsx'
import { Loading } from './loading.tsx'
import { RunStateMark } from './state.tsx'
import { Ago, Lasting } from './time.tsx'

const LATEST = 8

/** The latest runs of a workflow. */
export const WorkflowRuns = ({ identifier, stream }: { identifier: string; stream: StreamState }) => {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['runs', { workflowId: identifier, latest: true }],
    queryFn: ({ signal }) => listRuns(client, { workflowId: identifier, limit: LATEST }, signal),
    refetchInterval: stream === 'lost' ? POLL_MS : false,
  })
  return (
    <Card component="section" aria-label="Runs" padding={0}>
      <Group justify="space-between" p="md" pb="xs">
        <Title order={2} size="h5">
          Runs
        </Title>
        {data && data.pagination.total > 0 && (
          <Anchor component={Link} href={`/?workflow=${encodeURIComponent(identifier)}`} size="sm">
            All {data.pagination.total.toLocaleString()}
          </Anchor>
        )}
      </Group>
      {error && !data ? (
        <Failure error={error} what="The runs could not be read." onRetry={() => void refetch()} />
      ) : isPending ? (
        <Loading what="Loading the runs" />
      ) : data.workflowRuns.length === 0 ? (
        <Text size="sm" c="dimmed" px="md" pb="md">
          It has not run yet.
        </Text>
      ) : (
        <ListTable
          label="Latest runs"
          rows={data.workflowRuns}
          keyOf={({ id }) => id}
          columns={[
            {
              name: 'State',
              cell: ({ identifier: run, state, id }) => (
                <Link href={`/runs/${run}`} className="row-link">
                  <RunStateMark state={state} />
                  <span className="sr-only">, run {shortId(id)}</span>
                </Link>
              ),
            },
            { name: 'Version', width: 80, isRight: true, isExtra: true, cell: ({ workflowVersion }) => <span className="figures">{workflowVersion}</span> },
            { name: 'Duration', width: 120, isRight: true, cell: ({ startedAt, completedAt }) => <Lasting from={startedAt} to={completedAt} /> },
            { name: 'Created', width: 120, isRight: true, cell: ({ createdAt }) => <Ago at={createdAt} /> },
          ]}
        />
      )}
    </Card>
  )
}
