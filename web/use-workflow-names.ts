import { useQueries } from '@tanstack/react-query'
import { getWorkflow } from './api/workflows.ts'
import { client } from './here.ts'

/** What workflows are called; their id until that is known, or when there is no such workflow any more. */
export const useWorkflowNames = (ids: readonly string[]): ((id: string) => string) => {
  const names = useQueries({
    queries: [...new Set(ids)].map((id) => ({ queryKey: ['workflow', id], queryFn: () => getWorkflow(client, id) })),
    combine: (results) => new Map(results.flatMap(({ data }): [string, string][] => (data ? [[data.id, data.title ?? data.identifier]] : []))),
  })
  return (id) => names.get(id) ?? id
}
