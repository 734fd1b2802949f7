import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { RunJson } from '../server/wire.ts'
import { countRuns, listRuns } from './api/runs.ts'
import type { StreamState } from './api/stream.ts'
import { client } from './here.ts'
import { POLL_MS } from './queries.ts'
import { createdAfter, type RunFilter } from './run-filter.ts'

const PAGE_SIZE = 25

const refetchInterval = (stream: StreamState): number | false => (stream === 'live' || stream === 'connecting' ? false : POLL_MS)

export const useRunCounts = (workflowId: string | undefined, stream: StreamState) =>
  useQuery({ queryKey: ['run-counts', workflowId ?? null], queryFn: () => countRuns(client, workflowId), placeholderData: keepPreviousData, refetchInterval: refetchInterval(stream) })

export const useRunList = ({ status, workflowId, search, since, page }: RunFilter, stream: StreamState) =>
  useQuery({
    queryKey: ['runs', { status, workflowId, search, since, page }],
    queryFn: ({ signal }) => listRuns(client, { status, workflowId, search, createdAfter: createdAfter(since), page, limit: PAGE_SIZE }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: refetchInterval(stream),
  })

/**
 * The rows of a list in which somebody is about to do something: while `isHeld`, those that are there stay where they are and change only in
 * themselves, and new ones wait until they are asked for.
 * @param of.key changes with what is asked for
 * @param of.isOld whether the rows are still those of what was asked for before: they hold nothing up
 */
export const useHeldRows = (fresh: RunJson[], { isHeld, key, isOld }: { isHeld: boolean; key: string; isOld: boolean }): { rows: RunJson[]; waiting: number; showAll: () => void } => {
  const [shown, setShown] = useState<{ key: string; ids: string[] }>({ key, ids: [] })
  const freshIds = fresh.map(({ id }) => id)
  const mayMove = isOld || !isHeld || shown.key !== key || shown.ids.length === 0
  const ids = mayMove ? freshIds : shown.ids
  if (mayMove && !isOld && (shown.key !== key || shown.ids.join() !== freshIds.join())) setShown({ key, ids: freshIds })
  const byId = new Map(fresh.map((run) => [run.id, run]))
  const [kept, setKept] = useState(byId)
  if (fresh.some((run) => kept.get(run.id) !== run)) setKept(new Map([...kept, ...byId]))
  const rows = ids.flatMap((id) => byId.get(id) ?? kept.get(id) ?? [])
  const newest = shown.ids[0] ?? ''
  return { rows, waiting: mayMove ? 0 : freshIds.filter((id) => id > newest).length, showAll: () => setShown({ key, ids: freshIds }) }
}
