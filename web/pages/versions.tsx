import { Button, Group, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { Link, useParams, useSearchParams } from 'wouter'
import { definitionOf, getWorkflow, listVersions, type WorkflowVersion } from '../api/workflows.ts'
import { Empty } from '../components/empty.tsx'
import { Failure } from '../components/failure.tsx'
import { Loading } from '../components/loading.tsx'
import { PageHead } from '../components/page-head.tsx'
import { client } from '../here.ts'
import { moment } from '../words.ts'

const TextDiff = lazy(() => import('../components/text-diff.tsx'))

const useText = (workflowId: string, version: number | undefined): string | undefined =>
  useQuery({
    queryKey: ['workflow', workflowId, version],
    queryFn: () => getWorkflow(client, workflowId, version),
    enabled: version !== undefined,
    staleTime: Infinity,
    select: (workflow) => JSON.stringify(definitionOf(workflow), null, 2),
  }).data

const Diff = ({ workflowId, from, to }: { workflowId: string; from: number | undefined; to: number | undefined }) => {
  const before = useText(workflowId, from)
  const after = useText(workflowId, to)
  if (from === undefined) return <Empty title="There is one version so far">What is saved next becomes version 2, and stands beside this one here.</Empty>
  if (before === undefined || after === undefined) return <Loading what="Loading the versions" />
  if (before === after) return <Empty title={`Version ${from} and version ${to} are alike`} />
  return (
    <Suspense fallback={<Loading what="Loading the comparison" />}>
      <TextDiff before={{ label: `Version ${from}`, text: before }} after={{ label: `Version ${to}`, text: after }} />
    </Suspense>
  )
}

const Compare = ({ workflowId, versions }: { workflowId: string; versions: WorkflowVersion[] }) => {
  const [params, setParams] = useSearchParams()
  const oneOf = (name: string): number | undefined => versions.find(({ version }) => String(version) === params.get(name))?.version
  const to = oneOf('to') ?? versions[0]?.version
  const from = oneOf('from') ?? versions.find(({ version }) => version < (to ?? 0))?.version
  const choose = (name: 'from' | 'to') => (value: string | null) => setParams({ ...(from !== undefined && { from: String(from) }), ...(to !== undefined && { to: String(to) }), ...(value && { [name]: value }) }, { replace: true })
  const choices = versions.map(({ version, createdAt, createdByUserId, isLatest }) => ({ value: String(version), label: `Version ${version}${isLatest ? ', the latest' : ''} · ${moment(createdAt)}${createdByUserId ? ` · ${createdByUserId}` : ''}` }))
  return (
    <>
      <Group gap="sm" mb="md" className="compare" grow preventGrowOverflow={false}>
        <Select label="From" data={choices} value={from === undefined ? null : String(from)} onChange={choose('from')} allowDeselect={false} disabled={versions.length < 2} searchable={versions.length > 12} />
        <Select label="To" data={choices} value={to === undefined ? null : String(to)} onChange={choose('to')} allowDeselect={false} disabled={versions.length < 2} searchable={versions.length > 12} />
      </Group>
      <section className="panel" aria-label="What differs">
        <Diff workflowId={workflowId} from={from} to={to} />
      </section>
    </>
  )
}

export default function Versions() {
  const { workflowId } = useParams<{ workflowId: string }>()
  const { data, error, refetch } = useQuery({ queryKey: ['workflow-versions', workflowId], queryFn: () => listVersions(client, workflowId) })
  return (
    <>
      <PageHead title="Versions" above={[{ label: 'Workflows', href: '/workflows' }, { label: workflowId, href: `/workflows/${workflowId}` }]} here="Versions">
        <Button component={Link} href={`/workflows/${workflowId}/edit`} variant="default">
          Edit
        </Button>
      </PageHead>
      {error && !data ? <Failure error={error} what="The versions could not be read." onRetry={() => void refetch()} /> : data ? <Compare workflowId={workflowId} versions={data} /> : <Loading what="Loading the versions" />}
    </>
  )
}
