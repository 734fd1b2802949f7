import { Group, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { Search as IconSearch } from 'lucide-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { listWorkflows } from '../api/workflows.ts'
import { client } from '../here.ts'
import { SINCE, type RunFilter, type Since } from '../run-filter.ts'

const TYPING_MS = 250

export const RunFilters = ({ filter, onChange }: { filter: RunFilter; onChange: (change: Partial<RunFilter>) => void }) => {
  const [text, setText] = useState(filter.search ?? '')
  const search = useDebouncedCallback((value: string) => onChange({ search: value.trim() || undefined }), TYPING_MS)
  // Gone back, or cleared from elsewhere.
  const [known, setKnown] = useState(filter.search)
  if (known !== filter.search) {
    setKnown(filter.search)
    if ((filter.search ?? '') !== text.trim()) setText(filter.search ?? '')
  }
  const workflows = useQuery({ queryKey: ['workflows', 'all'], queryFn: () => listWorkflows(client, { limit: 100 }), staleTime: 30_000 })
  const choices = (workflows.data?.workflows ?? []).map(({ identifier, title }) => ({ value: identifier, label: title ?? identifier }))
  return (
    <Group gap="sm" mb="md" role="search" className="filters">
      <TextInput
        aria-label="Search by the name of the workflow"
        placeholder="Search by workflow"
        type="search"
        leftSection={<IconSearch size={16} />}
        value={text}
        onChange={({ currentTarget: { value } }) => {
          setText(value)
          search(value)
        }}
      />
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
