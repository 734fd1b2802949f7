import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { PaginationJson } from '../../server/wire.ts'
import { Failure } from './failure.tsx'
import { Loading } from './loading.tsx'
import { Pager } from './pager.tsx'

type Props<D, T> = {
  /** `workflows`: as buttons and messages call the rows. */
  what: string
  query: UseQueryResult<D>
  rowsOf: (data: D) => readonly T[]
  empty: ReactNode
  children: (rows: readonly T[]) => ReactNode
  pagination?: PaginationJson | undefined
  onPage?: (page: number) => void
}

/** A list in whatever state it is: not there yet, not to be had, empty, or there. */
export const ListPanel = <D, T>({ what, query, rowsOf, empty, children, pagination, onPage }: Props<D, T>) => {
  const rows = query.data === undefined ? [] : rowsOf(query.data)
  const body = (() => {
    if (query.error && query.data === undefined) return <Failure error={query.error} what={`The ${what} could not be read.`} onRetry={() => void query.refetch()} />
    if (query.isPending) return <Loading what={`Loading the ${what}`} />
    return rows.length === 0 ? empty : children(rows)
  })()
  return (
    <>
      <section className="panel" aria-label={`List of ${what}`}>
        {body}
      </section>
      {pagination && onPage && <Pager page={pagination.page ?? 1} total={pagination.totalPages} what={what} onChange={onPage} />}
    </>
  )
}
