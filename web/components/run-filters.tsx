import { Group, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { listWorkflows } from '../api/workflows.ts'
import { client } from '../here.ts'
import { SINCE, type RunFilter, type Since } from '../run-filter.ts'
import { SearchField } from './search-field.tsx'

export const RunFilters = ({ filter, isBusy, onChange }: { filter: RunFilter; isBusy: boolean; onChange: (change: Partial<RunFilter>) => void }) => {
  const workflows = useQuery({ queryKey: ['workflows', 'all'], queryFn: () => listWorkflows(client, { limit: 100 }), staleTime: 30_000 })
  const choices = (workflows.data?.workflows ?? []).map(({ identifier, title }) => ({ value: identifier, label: title ?? identifier }))
  return (
    <Group gap="sm" mb="md" role="search" className="filters">
      <SearchField label="Search by workflow, input, error or id" placeholder="Workflow, input, error or id" value={filter.search} isBusy={isBusy} onChange={(search) => onChange({ search })} />
      <Select aria-label="Workflow" placeholder="Every workflow" data={choices} value={filter.workflowId ?? null} onChange={(value) => onChange({ workflowId: value ?? undefined })} clearable searchable nothingFoundMessage="No such workflow" />
      <Select
        aria-label="Started within"
        placeholder="Any time"
        data={Object.entries(SINCE).map(([value, { label }]) => ({ value, label }))}
        value={filter.since ?? null}
        onChange={(value) => onChange({ since: (value as Since | null) ?? undefined })}
        clearable
      />
    </Group>
  )
}
