import { Anchor, Card, Group, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { listUpcoming } from '../api/schedules.ts'
import { listWebhooks } from '../api/webhooks.ts'
import { client } from '../here.ts'
import { moment } from '../words.ts'

const Around = ({ title, href, link, none, rows }: { title: string; href: string; link: string; none: string; rows: { key: string; cell: ReactNode }[] | undefined }) => (
  <Card component="section" aria-label={title}>
    <Group justify="space-between" mb="xs">
      <Title order={2} size="h5">
        {title}
      </Title>
      <Anchor component={Link} href={href} size="sm">
        {link}
      </Anchor>
    </Group>
    {rows && rows.length === 0 && (
      <Text size="sm" c="dimmed">
        {none}
      </Text>
    )}
    {rows && rows.length > 0 && (
      <ul className="around">
        {rows.map(({ key, cell }) => (
          <li key={key}>{cell}</li>
        ))}
      </ul>
    )}
  </Card>
)

/** When a workflow starts by itself. */
export const WorkflowSchedule = ({ workflowId }: { workflowId: string }) => {
  const { data } = useQuery({ queryKey: ['schedules', 'upcoming', workflowId], queryFn: () => listUpcoming(client, workflowId) })
  const rows = data?.map(({ scheduledAt, timezone, nodeId }) => ({
    key: `${scheduledAt} ${nodeId}`,
    cell: (
      <>
        <time dateTime={scheduledAt} className="figures">
          {moment(scheduledAt)}
        </time>
        <span className="faint">{nodeId ?? timezone}</span>
      </>
    ),
  }))
  return <Around title="Starts by itself" href="/schedules" link="Schedules" none="No schedule starts it at the moment." rows={rows} />
}

/** Who is told of its runs; of webhooks the hundred newest are looked through. */
export const WorkflowWebhooks = ({ workflowId }: { workflowId: string }) => {
  const { data } = useQuery({ queryKey: ['webhooks', 'all'], queryFn: () => listWebhooks(client, { limit: 100 }) })
  const rows = data?.webhooks
    .filter((webhook) => webhook.enabled && (webhook.workflowId === null || webhook.workflowId === workflowId))
    .map(({ id, url, description }) => ({
      key: id,
      cell: (
        <>
          <Anchor component={Link} href={`/webhooks/${id}`} size="sm">
            {url}
          </Anchor>
          {description && <span className="faint">{description}</span>}
        </>
      ),
    }))
  return <Around title="Told of its runs" href="/webhooks" link="Webhooks" none="No webhook is told of its runs." rows={rows} />
}
