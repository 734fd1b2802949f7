import { Button, Group, Title } from '@mantine/core'
import { Plus as IconPlus } from 'lucide-react'
import { Link } from 'wouter'
import { BulkBar } from '../components/bulk-bar.tsx'
import { Empty } from '../components/empty.tsx'
import { Failure } from '../components/failure.tsx'
import { FirstSteps } from '../components/first-steps.tsx'
import { LiveMark } from '../components/live-mark.tsx'
import { Loading } from '../components/loading.tsx'
import { Pager } from '../components/pager.tsx'
import { RunFilters } from '../components/run-filters.tsx'
import { RunTable } from '../components/run-table.tsx'
import { SlowNote } from '../components/slow-note.tsx'
import { StatusTabs } from '../components/status-tabs.tsx'
import { useFollowRuns } from '../follow-runs.ts'
import { isFiltered, useRunFilter } from '../run-filter.ts'
import { useEngaged } from '../use-engaged.ts'
import { useHeldRows, useRunCounts, useRunList } from '../use-runs.ts'
import { useSelection } from '../use-selection.ts'

export default function Runs() {
  const [filter, change] = useRunFilter()
  const stream = useFollowRuns()
  const counts = useRunCounts(filter.workflowId, stream)
  const list = useRunList(filter, stream)
  const [isEngaged, engagedProps] = useEngaged()
  const fresh = list.data?.workflowRuns ?? []
  const selection = useSelection(fresh, filter)
  const { rows, waiting, showAll } = useHeldRows(fresh, { isHeld: isEngaged || selection.ids.size > 0, key: JSON.stringify(filter), isOld: list.isPlaceholderData })
  const pagination = list.data?.pagination
  // Until those asked for are there, those of before stay.
  const isLooking = list.isFetching && list.isPlaceholderData

  const body = (() => {
    if (list.error && !list.data) return <Failure error={list.error} what="The runs could not be read." onRetry={() => void list.refetch()} />
    if (list.isPending) return <Loading what="Loading the runs" />
    if (rows.length > 0) return <RunTable runs={rows} selected={selection.ids} onSelect={selection.select} />
    if (isFiltered(filter))
      return (
        <Empty title="No run is like that">
          <Button variant="default" mt="sm" onClick={() => change({ status: undefined, workflowId: undefined, search: undefined, since: undefined })}>
            Show all runs
          </Button>
        </Empty>
      )
    return <FirstSteps />
  })()

  return (
    <>
      <Group justify="space-between" mb="md" wrap="nowrap">
        <Group gap="sm">
          <Title order={1} size="h2">
            Runs
          </Title>
          <LiveMark stream={stream} />
        </Group>
        <Button component={Link} href={`/start${filter.workflowId ? `/${filter.workflowId}` : ''}`} leftSection={<IconPlus size={16} />}>
          Start a run
        </Button>
      </Group>
      <StatusTabs counts={counts.data} status={filter.status} onChange={(status) => change({ status })} />
      <RunFilters filter={filter} isBusy={isLooking} onChange={change} />
      <section className="panel" aria-label="List of runs" aria-busy={isLooking} {...engagedProps}>
        <SlowNote isBusy={isLooking && filter.search !== undefined} />
        {selection.runs.length > 0 && <BulkBar selection={selection} rows={rows} total={pagination?.total ?? 0} />}
        {waiting > 0 && selection.runs.length === 0 && (
          <button type="button" className="new-rows" onClick={showAll}>
            {waiting === 1 ? '1 new run' : `${waiting} new runs`} · show
          </button>
        )}
        {body}
      </section>
      {pagination && <Pager page={filter.page} total={pagination.totalPages} what="runs" onChange={(page) => change({ page })} />}
    </>
  )
}
