import { Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { checkTimes } from '../api/schedules.ts'
import { client } from '../here.ts'

export type Times = { cron?: string; at?: string; timezone: string }

const TYPING_MS = 250

/** When a schedule would start something, as the API says, soon after it was changed. */
export const useCheckedTimes = (times: Times) => {
  const [settled] = useDebouncedValue(times, TYPING_MS)
  const isEmpty = !settled.cron && !settled.at
  const { data } = useQuery({
    queryKey: ['schedule-times', settled],
    queryFn: ({ signal }) => checkTimes(client, settled, signal),
    enabled: !isEmpty,
    placeholderData: keepPreviousData,
    gcTime: 5_000,
    retry: false,
  })
  const isCurrent = JSON.stringify(settled) === JSON.stringify(times)
  return { nextRuns: isEmpty ? [] : (data?.nextRuns ?? []), faults: isCurrent && !isEmpty ? (data?.faults ?? []) : [] }
}

const inZone = (iso: string, timeZone: string): string => new Date(iso).toLocaleString(undefined, { timeZone, weekday: 'short', dateStyle: undefined, day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: iso.endsWith(':00.000Z') ? undefined : '2-digit' })

/** The next times, in the zone that they are meant in. */
export const NextTimes = ({ nextRuns, timezone }: { nextRuns: readonly string[]; timezone: string }) => (
  <section aria-label="The next times" className="next-times" aria-live="polite">
    <Text size="xs" c="dimmed">
      {nextRuns.length === 0 ? 'It starts nothing as it is.' : nextRuns.length === 1 ? `It starts at this time, in ${timezone}:` : `It starts next, in ${timezone}:`}
    </Text>
    {nextRuns.length > 0 && (
      <ol>
        {nextRuns.map((iso) => (
          <li key={iso}>
            <time dateTime={iso} className="figures">
              {inZone(iso, timezone)}
            </time>
          </li>
        ))}
      </ol>
    )}
  </section>
)
