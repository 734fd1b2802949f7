import { Code, Stack, Text } from '@mantine/core'
import { Play as IconPlayerPlay } from 'lucide-react'
import { useQuery } from '@tanstack/react-query'
import { listWorkflows } from '../api/workflows.ts'
import { client } from '../here.ts'
import { Empty } from './empty.tsx'

/** What to do where nothing has run yet. */
export const FirstSteps = () => {
  const { data } = useQuery({ queryKey: ['workflows', 'all'], queryFn: () => listWorkflows(client, { limit: 100 }), staleTime: 30_000 })
  const hasWorkflows = (data?.pagination.total ?? 0) > 0
  if (hasWorkflows)
    return (
      <Empty title="Nothing has run yet" icon={<IconPlayerPlay size={28} />} action={{ label: 'Start a run', href: '/start' }}>
        Start a workflow here and watch it work.
      </Empty>
    )
  return (
    <Empty title="There is no workflow yet" icon={<IconPlayerPlay size={28} />}>
      <Stack gap="xs" align="center">
        <Text size="sm">Save one, for example the one that comes with Errand:</Text>
        <Code block className="command">
          {`curl -X POST ${client.address('/api/v1/workflows')} \\\n  -H 'content-type: application/json' \\\n  -d @examples/export-employees.json`}
        </Code>
        <Text size="sm">Then start it from here.</Text>
      </Stack>
    </Empty>
  )
}
