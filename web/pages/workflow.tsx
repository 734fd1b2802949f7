import { Button, Card, Menu, Text, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Pencil as IconEdit, Play as IconPlay } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { Link, useLocation, useParams } from 'wouter'
import type { WorkflowJson } from '../../server/wire.ts'
import { deleteWorkflow, getWorkflow } from '../api/workflows.ts'
import { Loaded } from '../components/loaded.tsx'
import { Confirm } from '../components/confirm.tsx'
import { LiveMark } from '../components/live-mark.tsx'
import { Loading } from '../components/loading.tsx'
import { MoreMenu } from '../components/more-menu.tsx'
import { PageHead } from '../components/page-head.tsx'
import { RunButton } from '../components/run-button.tsx'
import { Ago } from '../components/time.tsx'
import { Who } from '../components/who.tsx'
import { UpcomingCard } from '../components/upcoming-card.tsx'
import { WorkflowHook } from '../components/workflow-hook.tsx'
import { WorkflowRuns } from '../components/workflow-runs.tsx'
import { WorkflowStats } from '../components/workflow-stats.tsx'
import { WorkflowWebhooks } from '../components/workflow-webhooks.tsx'
import { useFollowRuns } from '../follow-runs.ts'
import { client } from '../here.ts'
import { tellDone, tellFailed } from '../tell.ts'

const WorkflowGraph = lazy(() => import('../components/workflow-graph.tsx'))

const Actions = ({ workflow }: { workflow: WorkflowJson }) => {
  const { identifier, title } = workflow
  const [, navigate] = useLocation()
  const queries = useQueryClient()
  const [isDeleting, setDeleting] = useState(false)
  const remove = useMutation({
    mutationFn: () => deleteWorkflow(client, identifier),
    onSuccess: () => {
      tellDone(`${title ?? identifier} is deleted.`)
      void queries.invalidateQueries({ queryKey: ['workflows'] })
      navigate('/workflows')
    },
    onError: tellFailed,
  })
  return (
    <>
      <MoreMenu>
        <Menu.Item component={Link} href={`/workflows/${identifier}/versions`}>
          Versions
        </Menu.Item>
        <Menu.Item component={Link} href={`/?workflow=${encodeURIComponent(identifier)}`}>
          All its runs
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item className="menu-danger" onClick={() => setDeleting(true)}>
          Delete …
        </Menu.Item>
      </MoreMenu>
      <Button component={Link} href={`/workflows/${identifier}/edit`} variant="default" leftSection={<IconEdit size={16} />}>
        Edit
      </Button>
      <RunButton workflow={workflow} leftSection={<IconPlay size={16} />} />
      <Confirm title={`Delete ${title ?? identifier}?`} opened={isDeleting} onClose={() => setDeleting(false)} action="Delete" isBusy={remove.isPending} onConfirm={() => remove.mutate()}>
        It cannot be started any more. Its past runs stay, and those that go on end as they would.
      </Confirm>
    </>
  )
}

const WorkflowView = ({ workflow }: { workflow: WorkflowJson }) => {
  const stream = useFollowRuns()
  const { identifier, title, description, version, updatedAt, createdByUserId, type, sourceProvider } = workflow
  return (
    <>
      <PageHead title={title ?? identifier} above={[{ label: 'Workflows', href: '/workflows' }]} here={identifier} beside={<LiveMark stream={stream} />}>
        <Actions workflow={workflow} />
      </PageHead>
      {description && (
        <Text size="sm" c="dimmed" maw={820} className="prewrap">
          {description}
        </Text>
      )}
      <dl className="facts">
        <div className="fact">
          <dt>Version</dt>
          <dd>{version}</dd>
        </div>
        <div className="fact">
          <dt>Changed</dt>
          <dd>
            <Ago at={updatedAt} />
          </dd>
        </div>
        <div className="fact">
          <dt>Made by</dt>
          <dd>
            <Who userId={createdByUserId} />
          </dd>
        </div>
        {sourceProvider && (
          <div className="fact">
            <dt>Portal</dt>
            <dd>{sourceProvider}</dd>
          </div>
        )}
        {type === 'LOGIN' && (
          <div className="fact">
            <dt>Kind</dt>
            <dd>logs in, and saves the session</dd>
          </div>
        )}
      </dl>
      <WorkflowStats workflowId={workflow.id} />
      <div className="run-grid">
        <Card component="section" aria-label="Graph" padding={0}>
          <Title order={2} size="h5" p="md" pb="xs">
            Graph
          </Title>
          <Suspense fallback={<Loading what="Loading the graph" />}>
            <WorkflowGraph body={workflow} />
          </Suspense>
        </Card>
        <div className="run-main">
          <WorkflowRuns identifier={identifier} stream={stream} />
          <UpcomingCard target={{ kind: 'workflow', id: workflow.id }} />
          <WorkflowHook workflow={workflow} />
          <WorkflowWebhooks workflowId={workflow.id} />
        </div>
      </div>
    </>
  )
}

export default function Workflow() {
  const { workflowId } = useParams<{ workflowId: string }>()
  const query = useQuery({ queryKey: ['workflow', workflowId], queryFn: () => getWorkflow(client, workflowId) })
  return <Loaded query={query} name="workflow">{(data) => <WorkflowView workflow={data} />}</Loaded>
}
