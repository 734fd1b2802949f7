import { Button, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { listUpcoming, type ScheduleTarget } from '../api/schedules.ts'
import { client } from '../here.ts'
import { moment } from '../words.ts'
import { AroundCard } from './around-card.tsx'
import { ScheduleForm } from './schedule-form.tsx'

/** When a workflow or a job starts by itself. */
export const UpcomingCard = ({ target }: { target: ScheduleTarget }) => {
  const [isSetting, setSetting] = useState(false)
  const { data } = useQuery({ queryKey: ['schedules', 'upcoming', target], queryFn: () => listUpcoming(client, target) })
  return (
    <AroundCard title="Starts by itself" href="/schedules" link="Schedules">
      {data && data.length === 0 && (
        <div className="around-offer">
          <Text size="sm" c="dimmed">
            No schedule starts it at the moment.
          </Text>
          <Button variant="default" size="xs" onClick={() => setSetting(true)}>
            Set a schedule
          </Button>
        </div>
      )}
      {data && data.length > 0 && (
        <ul className="around">
          {data.map(({ scheduledAt, timezone, nodeId }) => (
            <li key={`${scheduledAt} ${nodeId}`}>
              <time dateTime={scheduledAt} className="figures">
                {moment(scheduledAt)}
              </time>
              <span className="faint">{nodeId ?? timezone}</span>
            </li>
          ))}
        </ul>
      )}
      {isSetting && <ScheduleForm given={null} first={target} onClose={() => setSetting(false)} />}
    </AroundCard>
  )
}
