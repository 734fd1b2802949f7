import { Card, Title } from '@mantine/core'
import { useQueries } from '@tanstack/react-query'
import type { RunJson } from '../../server/wire.ts'
import { listArtifacts } from '../api/artifacts.ts'
import { inOrderOfUse } from '../artifacts-of.ts'
import { client } from '../here.ts'
import { FileItem } from './file-item.tsx'

/** What the runs of a job run left, run by run. */
export const JobRunFiles = ({ runs }: { runs: readonly RunJson[] }) => {
  const found = useQueries({
    queries: runs.map(({ id, updatedAt }) => ({ queryKey: ['artifacts', id, 'of job', updatedAt], queryFn: () => listArtifacts(client, id), staleTime: 10 * 60_000 })),
    combine: (results) => results.map(({ data }) => data ?? []),
  })
  if (found.every((files) => files.length === 0)) return null
  return (
    <Card component="section" aria-label="Files">
      <Title order={2} size="h5" mb="xs">
        Files
      </Title>
      {runs.map((run, index) => {
        const files = found[index] ?? []
        if (files.length === 0) return null
        return (
          <section key={run.id} aria-label={`Files of ${run.workflowName ?? run.workflowIdentifier}`} className="files-of">
            {runs.length > 1 && <h3>{run.workflowName ?? run.workflowIdentifier}</h3>}
            <div className="files">
              {inOrderOfUse(files).map((artifact) => (
                <FileItem key={artifact.id} artifact={artifact} />
              ))}
            </div>
          </section>
        )
      })}
    </Card>
  )
}
