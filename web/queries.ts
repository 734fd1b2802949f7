import { QueryClient } from '@tanstack/react-query'
import { ApiError } from './api/client.ts'

/** What was read from the API, shared by all pages. Streams keep it fresh; so it is not read again just because a page is looked at. */

/** A refusal stays one; what could not be reached may come back. */
const mayHelp = (failures: number, error: Error): boolean => failures < 3 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500)

export const queries = new QueryClient({
  defaultOptions: { queries: { retry: mayHelp, staleTime: 2_000, refetchOnWindowFocus: true }, mutations: { retry: false } },
})

/** How often is looked where no stream tells of changes. */
export const POLL_MS = 5_000
