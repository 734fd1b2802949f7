import { Button } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Plus as IconPlus, Workflow as IconWorkflow } from 'lucide-react'
import { Link } from 'wouter'
import type { WorkflowJson } from '../../server/wire.ts'
import { listWorkflows } from '../api/workflows.ts'
import { Empty } from '../components/empty.tsx'
import { ListPanel } from '../components/list-panel.tsx'
import { ListTable } from '../components/list-table.tsx'
import { PageHead } from '../components/page-head.tsx'
import { SearchField } from '../components/search-field.tsx'
import { StepIcon } from '../components/step-icon.tsx'
import { Ago } from '../components/time.tsx'
import { Tour } from '../components/tour.tsx'
import { RunButton } from '../components/run-button.tsx'
import { Who } from '../components/who.tsx'
import { client } from '../here.ts'
import { LIST_SIZE, useListParams } from '../use-list.ts'

const ICONS_SHOWN = 7

/** What it is made of, at a glance. */
const Steps = ({ nodes }: Pick<WorkflowJson, 'nodes'>) => (
  <span className="step-icons" title={nodes.map(({ title, identifier }) => title ?? identifier).join(' → ')}>
    {nodes.slice(0, ICONS_SHOWN).map(({ identifier, config }) => (
      <StepIcon key={identifier} type={config.type} size={15} />
    ))}
    <span className="faint">{nodes.length === 1 ? '1 step' : `${nodes.length} steps`}</span>
  </span>
)

export default function Workflows() {
  const { search, page, change } = useListParams()
  const list = useQuery({ queryKey: ['workflows', { search, page }], queryFn: ({ signal }) => listWorkflows(client, { search, page, limit: LIST_SIZE }, signal), placeholderData: keepPreviousData })
  const isEmpty = !search && list.data?.pagination.total === 0
  return (
    <>
      <PageHead title="Workflows">
        <Button component={Link} href="/workflows/new" leftSection={<IconPlus size={16} />}>
          New workflow
        </Button>
      </PageHead>
      {!isEmpty && (
        <div className="filters" role="search">
          <SearchField label="Search by title or identifier" placeholder="Search by title or identifier" value={search} onChange={(value) => change({ search: value })} />
        </div>
      )}
      <ListPanel
        what="workflows"
        query={list}
        rowsOf={({ workflows }) => workflows}
        pagination={list.data?.pagination}
        onPage={(next) => change({ page: next })}
        empty={search ? <Empty title="No workflow is called that" icon={<IconWorkflow size={28} />} /> : <Tour />}
      >
        {(workflows) => (
          <ListTable
            label="Workflows"
            rows={workflows}
            keyOf={({ id }) => id}
            columns={[
              {
                name: 'Workflow',
                cell: ({ identifier, title }) => (
                  <span className="two-lines">
                    <Link href={`/workflows/${identifier}`} className="row-link">
                      {title ?? identifier}
                    </Link>
                    {title && <span className="faint mono">{identifier}</span>}
                  </span>
                ),
              },
              { name: 'Steps', width: '30%', cell: ({ nodes }) => <Steps nodes={nodes} />, isExtra: true },
              { name: 'Version', width: 90, isRight: true, cell: ({ version }) => <span className="figures">{version}</span> },
              { name: 'Made by', width: 150, cell: ({ createdByUserId }) => <Who userId={createdByUserId} />, isExtra: true },
              { name: 'Changed', width: 130, isRight: true, cell: ({ updatedAt }) => <Ago at={updatedAt} /> },
              {
                name: 'Actions',
                isNameless: true,
                width: 90,
                isRight: true,
                cell: (workflow) => <RunButton workflow={workflow} variant="default" size="xs" aria-label={`Run ${workflow.title ?? workflow.identifier}`} />,
              },
            ]}
          />
        )}
      </ListPanel>
    </>
  )
}
