import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { listJobs } from '../api/jobs.ts'
import type { ScheduleTarget } from '../api/schedules.ts'
import { client } from '../here.ts'
import { useWorkflowChoices } from '../use-workflow-choices.ts'

const textOf = (target: ScheduleTarget | null): string | null => target && `${target.kind} ${target.id}`

/** The workflow or the job that something starts. */
export const StartedSelect = ({ value, onChange }: { value: ScheduleTarget | null; onChange: (value: ScheduleTarget) => void }) => {
  const { setSearch, choices } = useWorkflowChoices()
  const jobs = useQuery({ queryKey: ['jobs', 'all'], queryFn: () => listJobs(client, { limit: 100 }) }).data?.jobs ?? []
  const data = [
    { group: 'Workflows', items: choices.map(({ identifier, label }) => ({ value: `workflow ${identifier}`, label })) },
    { group: 'Jobs', items: jobs.map(({ id, name }) => ({ value: `job ${id}`, label: name })) },
  ]
  return (
    <Select
      label="What to start"
      data={data}
      value={textOf(value)}
      onChange={(chosen) => {
        const [kind, id = ''] = chosen?.split(' ') ?? []
        if (chosen) onChange({ kind: kind === 'job' ? 'job' : 'workflow', id })
      }}
      searchable
      onSearchChange={setSearch}
      required
      allowDeselect={false}
      nothingFoundMessage="There is no such workflow or job"
      data-autofocus
    />
  )
}
