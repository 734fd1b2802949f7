import { useIntersection } from '@mantine/hooks'
import { useEffect, useState } from 'react'
import { screenOfRun } from './api/runs.ts'
import { followStream } from './api/stream.ts'
import { client } from './here.ts'
import { useVisible } from './use-visible.ts'

export type ScreenFrame = { image: string; width: number; height: number }

/**
 * The live picture of a run's page, asked for only while the element that `ref` is given to can be seen.
 * @returns `frame` null while there is none
 */
export const useScreen = (runId: string, isOpen: boolean): { frame: ScreenFrame | null; ref: (element: HTMLElement | null) => void } => {
  const [frame, setFrame] = useState<ScreenFrame | null>(null)
  const { ref, entry } = useIntersection({ rootMargin: '200px' })
  const isInView = entry === null || entry.isIntersecting
  const isVisible = useVisible()
  const isWanted = isOpen && isVisible && isInView
  useEffect(() => {
    if (!isWanted) return
    const stop = new AbortController()
    const onEvent = ({ event, data }: { event: string; data: unknown }): void => setFrame(event === 'frame' ? (data as ScreenFrame) : null)
    const onState = (state: string): void => void (state === 'ended' && setFrame(null))
    followStream(client, screenOfRun(runId), { signal: stop.signal, onEvent, onState }).catch(() => setFrame(null))
    return () => {
      stop.abort()
      setFrame(null)
    }
  }, [runId, isWanted])
  return { frame, ref }
}
