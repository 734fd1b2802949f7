import { Card, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ActivityRunJson } from '../../server/wire.ts'
import { listArtifacts } from '../api/artifacts.ts'
import { inOrderOfUse } from '../artifacts-of.ts'
import { client } from '../here.ts'
import { FileItem } from './file-item.tsx'

/** All that a run left, what it was made for first. */
export const FileCard = ({ runId, activityRuns, isOver }: { runId: string; activityRuns: ActivityRunJson[]; isOver: boolean }) => {
  // Those of no activity run (uploads, the trace) are not in the run itself.
  const known = activityRuns.reduce((sum, { artifacts }) => sum + artifacts.length, 0)
  const { data = [] } = useQuery({ queryKey: ['artifacts', runId, known, isOver], queryFn: () => listArtifacts(client, runId), placeholderData: (before) => before, staleTime: 10 * 60_000 })
  if (data.length === 0) return null
  return (
    <Card component="section" aria-label="Files">
      <Title order={2} size="h5" mb="xs">
        Files
      </Title>
      <div className="files">
        {inOrderOfUse(data).map((artifact) => (
          <FileItem key={artifact.id} artifact={artifact} />
        ))}
      </div>
    </Card>
  )
}
