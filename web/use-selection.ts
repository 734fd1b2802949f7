import { useState } from 'react'
import type { RunJson } from '../server/wire.ts'
import { client } from './here.ts'
import { listRuns } from './api/runs.ts'
import { createdAfter, type RunFilter } from './run-filter.ts'

/** More at once is left to the API. */
export const MOST = 500
const PAGE = 100

/** Every run that a filter finds, the newest MOST of them, page by page. */
const readAll = async ({ status, workflowId, search, since }: RunFilter): Promise<RunJson[]> => {
  const found: RunJson[] = []
  const query = { status, workflowId, search, createdAfter: createdAfter(since), limit: PAGE }
  for (let page = 1, pages = 1; page <= pages && found.length < MOST; page++) {
    const { workflowRuns, pagination } = await listRuns(client, { ...query, page })
    found.push(...workflowRuns)
    pages = pagination.totalPages
  }
  return found
}

type Selection = {
  ids: ReadonlySet<string>
  /** Those that are selected, also where they are not on this page. */
  runs: readonly RunJson[]
  select: (ids: ReadonlySet<string>) => void
  clear: () => void
  /** Selects all that the filter finds. */
  selectAll: () => Promise<void>
}

/** Which runs of a list are selected: by their boxes, or all that the filter finds. It begins anew with another filter or page. */
export const useSelection = (rows: readonly RunJson[], filter: RunFilter): Selection => {
  const key = JSON.stringify(filter)
  const [kept, setKept] = useState<{ key: string; ids: ReadonlySet<string>; elsewhere: readonly RunJson[] }>({ key, ids: new Set(), elsewhere: [] })
  const { ids, elsewhere } = kept.key === key ? kept : { ids: new Set<string>(), elsewhere: [] }
  const byId = new Map([...elsewhere, ...rows].map((run) => [run.id, run]))
  return {
    ids,
    runs: [...ids].flatMap((id) => byId.get(id) ?? []),
    select: (next) => setKept({ key, ids: next, elsewhere: [...byId.values()].filter(({ id }) => next.has(id)) }),
    clear: () => setKept({ key, ids: new Set(), elsewhere: [] }),
    selectAll: async () => {
      const all = await readAll(filter)
      setKept({ key, ids: new Set(all.map(({ id }) => id)), elsewhere: all })
    },
  }
}
