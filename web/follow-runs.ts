import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { RunState, RunStatus } from '../runner/model/run.ts'
import { streamOfRuns, type RunList } from './api/runs.ts'
import { followStream, type StreamState } from './api/stream.ts'
import { client } from './here.ts'
import { useVisible } from './use-visible.ts'

type Content = { workflowRunId: string; status: RunStatus; state: RunState; currentStateName: string | null; at: string }

/** Lists are read again no more often than this, however much happens. */
const READ_AGAIN_MS = 700

const patched = (list: RunList, news: Content): RunList => {
  const at = list.workflowRuns.findIndex(({ id }) => id === news.workflowRunId)
  const run = list.workflowRuns[at]
  if (!run) return list
  const { status, state, currentStateName } = news
  return { ...list, workflowRuns: list.workflowRuns.with(at, { ...run, status, state, currentStateName, startedAt: run.startedAt ?? (state === 'IN_PROGRESS' ? news.at : null) }) }
}

/**
 * Keeps the lists of runs, their counts and the questions up to date while the page is open: a row changes at once, what else depends on it is read
 * again soon.
 * @returns how the stream fares; unless it is `live`, the lists are to be read every few seconds
 */
export const useFollowRuns = (): StreamState => {
  const queries = useQueryClient()
  const [stream, setStream] = useState<StreamState>('connecting')
  const isVisible = useVisible()
  useEffect(() => {
    if (!isVisible) return
    const stop = new AbortController()
    let reading: ReturnType<typeof setTimeout> | undefined
    const readAgain = (): void => {
      reading ??= setTimeout(() => {
        reading = undefined
        for (const name of ['runs', 'run-counts', 'user-forms', 'job-runs', 'job-run']) void queries.invalidateQueries({ queryKey: [name] })
      }, READ_AGAIN_MS)
    }
    const onState = (state: StreamState): void => {
      setStream(state)
      // What happened while nobody listened is in the lists.
      if (state === 'live') readAgain()
    }
    const onEvent = ({ event, data }: { event: string; data: unknown }): void => {
      if (event !== 'workflow-run') return
      const { content } = data as { content: Content }
      queries.setQueriesData<RunList>({ queryKey: ['runs'] }, (list) => list && patched(list, content))
      readAgain()
    }
    followStream(client, streamOfRuns, { signal: stop.signal, onEvent, onState }).catch(() => setStream('lost'))
    return () => {
      stop.abort()
      clearTimeout(reading)
    }
  }, [queries, isVisible])
  return stream
}
