import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Failure } from './failure.tsx'
import { Loading } from './loading.tsx'

/** What a page shows of one thing that it asks for: the wait, the fault, or the thing. What is there stays when asking again fails. */
export const Loaded = <T,>({ query: { data, error, refetch }, name, children }: { query: UseQueryResult<T>; name: string; children: (data: T) => ReactNode }) => {
  if (data !== undefined) return <>{children(data)}</>
  return error ? <Failure error={error} what={`This ${name} cannot be shown.`} onRetry={() => void refetch()} /> : <Loading what={`Loading the ${name}`} />
}
