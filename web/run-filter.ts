import { useSearchParams } from 'wouter'
import { RUN_STATUSES, type RunStatus } from '../runner/model/run.ts'

/** What of the runs is shown, kept in the address: it can be bookmarked, sent to others, and gone back to. */
export type RunFilter = { status: RunStatus | undefined; workflowId: string | undefined; search: string | undefined; since: Since | undefined; page: number }

export const SINCE = { hour: { label: 'Last hour', ms: 3_600_000 }, day: { label: 'Last 24 hours', ms: 86_400_000 }, week: { label: 'Last 7 days', ms: 7 * 86_400_000 } }
export type Since = keyof typeof SINCE

/** The moment since which, as the API has it. */
export const createdAfter = (since: Since | undefined): string | undefined => since && new Date(Date.now() - SINCE[since].ms).toISOString()

const oneOf = <T extends string>(given: string | null, all: readonly T[]): T | undefined => all.find((one) => one === given)

export const isFiltered = ({ status, workflowId, search, since }: RunFilter): boolean => [status, workflowId, search, since].some((part) => part !== undefined)

/** The filter of the address, and how to change it. A change of anything but the page begins at the first page again. */
export const useRunFilter = (): [RunFilter, (change: Partial<RunFilter>) => void] => {
  const [params, setParams] = useSearchParams()
  const page = Number(params.get('page'))
  const filter: RunFilter = {
    status: oneOf(params.get('status'), RUN_STATUSES),
    workflowId: params.get('workflow') ?? undefined,
    search: params.get('search') ?? undefined,
    since: oneOf(params.get('since'), Object.keys(SINCE) as Since[]),
    page: Number.isInteger(page) && page > 0 ? page : 1,
  }
  const change = (changes: Partial<RunFilter>): void => {
    const next = { ...filter, page: 1, ...changes }
    const kept = { status: next.status, workflow: next.workflowId, search: next.search, since: next.since, page: next.page > 1 ? String(next.page) : undefined }
    setParams(Object.fromEntries(Object.entries(kept).filter((entry): entry is [string, string] => Boolean(entry[1]))), { replace: 'search' in changes })
  }
  return [filter, change]
}
