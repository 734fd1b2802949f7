import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { isFinal } from '../runner/model/run.ts'
import { getRun, streamOfRun, type RunDetail } from './api/runs.ts'
import { followStream, type StreamEvent, type StreamState } from './api/stream.ts'
import { asksForMore, foldEvent } from './fold-run.ts'
import { client } from './here.ts'
import { POLL_MS } from './queries.ts'
import { useVisible } from './use-visible.ts'

type Known = RunDetail & { lastEventId: string | undefined }

/** Events that come together are drawn together. */
const GATHER_MS = 16
const ASK_AGAIN_MS = 250

const isLater = (event: StreamEvent, lastEventId: string | undefined): boolean => event.id === undefined || Number(event.id) > Number(lastEventId ?? 0)

/**
 * A run, and how what happens to it gets here: by its stream while it goes on, by asking every few seconds where there is none.
 * @param typeOf the step type of a node
 */
export const useRun = (runId: string, typeOf: (stepId: string) => string) => {
  const queries = useQueryClient()
  const queryKey = ['run', runId]
  const [stream, setStream] = useState<StreamState>('connecting')
  // What has come since the run was last asked for: the answer may be older than that.
  const heard = useRef<StreamEvent[]>([])
  const types = useRef(typeOf)
  types.current = typeOf
  const query = useQuery({
    queryKey,
    queryFn: async ({ signal }): Promise<Known> => {
      heard.current = []
      const read = await getRun(client, runId, signal)
      const later = heard.current.filter((event) => isLater(event, read.lastEventId))
      const folded = later.reduce<RunDetail>((detail, event) => foldEvent(detail, event, types.current), read)
      return { ...folded, lastEventId: later.at(-1)?.id ?? read.lastEventId }
    },
    refetchInterval: ({ state }) => (state.data && !isFinal(state.data.workflowRun.state) && stream !== 'live' && stream !== 'connecting' ? POLL_MS : false),
  })
  const isOpen = query.data !== undefined && !isFinal(query.data.workflowRun.state)
  const isVisible = useVisible()

  useEffect(() => {
    if (!isOpen || !isVisible) return
    const stop = new AbortController()
    let gathered: StreamEvent[] = []
    let asking: ReturnType<typeof setTimeout> | undefined
    const draw = (): void => {
      const events = gathered
      gathered = []
      queries.setQueryData<Known>(queryKey, (known) => {
        if (!known) return known
        const folded = events.reduce<RunDetail>((detail, event) => foldEvent(detail, event, types.current), known)
        return { ...folded, lastEventId: events.findLast(({ id }) => id !== undefined)?.id ?? known.lastEventId }
      })
    }
    const onEvent = (event: StreamEvent): void => {
      if (gathered.push(event) === 1) setTimeout(draw, GATHER_MS)
      heard.current.push(event)
      if (asksForMore(event)) asking ??= setTimeout(() => ((asking = undefined), void queries.invalidateQueries({ queryKey })), ASK_AGAIN_MS)
      if (event.event !== 'workflow-run' && event.event !== 'result' && event.event !== 'error') return
      void queries.invalidateQueries({ queryKey: ['user-forms'] })
    }
    const { lastEventId } = queries.getQueryData<Known>(queryKey) ?? {}
    followStream(client, streamOfRun(runId), { lastEventId, signal: stop.signal, onEvent, onState: setStream }).catch(() => setStream('lost'))
    return () => {
      stop.abort()
      clearTimeout(asking)
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key is made of runId
  }, [runId, isOpen, isVisible, queries])

  return { ...query, stream: isOpen ? stream : ('ended' as const) }
}
