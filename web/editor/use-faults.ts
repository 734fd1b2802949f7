import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { validateWorkflow, type Fault } from '../api/workflows.ts'
import { client } from '../here.ts'

const TYPING_MS = 250

export type Checked = { faults: readonly Fault[]; /** Whether `faults` are those of what is written now. */ isCurrent: boolean; error: Error | null }

const NONE: readonly Fault[] = []

/**
 * What the API says is wrong with a definition, soon after it was changed.
 * @param of the workflow that it is to be a new version of
 */
export const useFaults = (text: string, isJson: boolean, of: string | undefined): Checked => {
  const [settledText] = useDebouncedValue(text, TYPING_MS)
  const { data, error, isFetching, isPlaceholderData } = useQuery({
    queryKey: ['validate', of, settledText],
    queryFn: ({ signal }) => validateWorkflow(client, JSON.parse(settledText), of, signal),
    enabled: isJson && settledText === text,
    placeholderData: keepPreviousData,
    gcTime: 5_000,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  })
  const faults = isJson ? (data?.faults ?? NONE) : NONE
  return useMemo(() => ({ faults, isCurrent: isJson && settledText === text && !isFetching && !isPlaceholderData && data !== undefined, error }), [faults, isJson, settledText, text, isFetching, isPlaceholderData, data, error])
}
