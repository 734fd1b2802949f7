import { useSearchParams } from 'wouter'

export const LIST_SIZE = 25

/** Which part of a list is shown, kept in the address. @param name what is searched by, as the address calls it */
export const useListParams = (name = 'search'): { search: string | undefined; page: number; change: (next: { search?: string | undefined; page?: number }) => void } => {
  const [params, setParams] = useSearchParams()
  const page = Number(params.get('page'))
  const search = params.get(name) ?? undefined
  return {
    search,
    page: Number.isInteger(page) && page > 0 ? page : 1,
    change: (next) => {
      const wanted = { search, page: 1, ...next }
      setParams({ ...(wanted.search && { [name]: wanted.search }), ...(wanted.page > 1 && { page: String(wanted.page) }) }, { replace: 'search' in next })
    },
  }
}
