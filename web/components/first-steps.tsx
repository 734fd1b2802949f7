import { useQuery } from '@tanstack/react-query'
import { Play as IconPlayerPlay } from 'lucide-react'
import { listWorkflows } from '../api/workflows.ts'
import { client } from '../here.ts'
import { Empty } from './empty.tsx'
import { Tour } from './tour.tsx'

/** What to do where nothing has run yet. */
export const FirstSteps = () => {
  const { data } = useQuery({ queryKey: ['workflows', 'all'], queryFn: () => listWorkflows(client, { limit: 100 }), staleTime: 30_000 })
  if (data && data.pagination.total === 0) return <Tour />
  return (
    <Empty title="Nothing has run yet" icon={<IconPlayerPlay size={28} />} action={{ label: 'Start a run', href: '/start' }}>
      Start a workflow here and watch it work.
    </Empty>
  )
}
