import { Card, Group, Text, Title } from '@mantine/core'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { isFinal } from '../../runner/model/run.ts'
import type { ActivityRunJson, RunJson } from '../../server/wire.ts'
import { useNow } from '../use-now.ts'
import { TimelineRow } from './timeline-row.tsx'

const ROW_HEIGHT = 45

type Props = { run: RunJson; activityRuns: ActivityRunJson[]; /** Of very many in loops only the latest are there. */ total: number; opened: string | null; onOpen: (id: string | null) => void }

/** From when to when the bars reach, in milliseconds since 1970. */
const useSpan = (run: RunJson): { from: number; to: number } => {
  const now = useNow(!isFinal(run.state))
  const from = Date.parse(run.startedAt ?? run.createdAt)
  return { from, to: Math.max(run.completedAt ? Date.parse(run.completedAt) : now, from + 1) }
}

/** Every attempt at every node, in the order in which they began. Only those that can be seen are drawn. */
export const Timeline = ({ run, activityRuns, total, opened, onOpen }: Props) => {
  const list = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const span = useSpan(run)
  useLayoutEffect(() => {
    const measure = (): void => setTop((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY)
    measure()
    // What stands above it comes and goes: a question, an error.
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [])
  const virtual = useWindowVirtualizer({ count: activityRuns.length, estimateSize: () => ROW_HEIGHT, overscan: 12, scrollMargin: top, getItemKey: (index) => activityRuns[index]?.id ?? index })
  const wanted = opened === null ? -1 : activityRuns.findIndex(({ id }) => id === opened)
  const { scrollToIndex } = virtual
  useEffect(() => {
    const row = wanted < 0 ? null : list.current?.querySelector(`[data-index="${wanted}"]`)
    if (wanted >= 0 && !row) scrollToIndex(wanted, { align: 'center' })
    else row?.scrollIntoView({ block: 'nearest' })
    // Only when another one is opened.
  }, [opened])

  return (
    <Card component="section" aria-label="Timeline" padding={0} className="timeline">
      <Group justify="space-between" p="md" pb="xs">
        <Title order={2} size="h5">
          Timeline
        </Title>
        <Text size="xs" c="dimmed">
          {total === 1 ? '1 activity run' : `${total} activity runs`}
          {total > activityRuns.length && `, of loops the latest ${activityRuns.length}`}
        </Text>
      </Group>
      {activityRuns.length === 0 && (
        <Text size="sm" c="dimmed" px="md" pb="md">
          {isFinal(run.state) ? 'It ended before anything was done.' : 'It waits for its turn.'}
        </Text>
      )}
      <div ref={list} className="timeline-rows" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const activity = activityRuns[index]
          return (
            activity && (
              <div key={key} data-index={index} ref={virtual.measureElement} className="timeline-item" style={{ transform: `translateY(${start - virtual.options.scrollMargin}px)` }}>
                <TimelineRow run={run} activity={activity} from={span.from} to={span.to} isOpen={activity.id === opened} onToggle={onOpen} />
              </div>
            )
          )
        })}
      </div>
    </Card>
  )
}
