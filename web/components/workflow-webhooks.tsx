import { Anchor, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { listWebhooks } from '../api/webhooks.ts'
import { client } from '../here.ts'
import { AroundCard } from './around-card.tsx'

/** Who is told of the runs of a workflow; of webhooks the hundred newest are looked through. */
export const WorkflowWebhooks = ({ workflowId }: { workflowId: string }) => {
  const { data } = useQuery({ queryKey: ['webhooks', 'all'], queryFn: () => listWebhooks(client, { limit: 100 }) })
  const told = data?.webhooks.filter((webhook) => webhook.enabled && (webhook.workflowId === null || webhook.workflowId === workflowId))
  return (
    <AroundCard title="Told of its runs" href="/webhooks" link="Webhooks">
      {told && told.length === 0 && (
        <Text size="sm" c="dimmed">
          No webhook is told of its runs.
        </Text>
      )}
      {told && told.length > 0 && (
        <ul className="around">
          {told.map(({ id, url, description }) => (
            <li key={id}>
              <Anchor component={Link} href={`/webhooks/${id}`} size="sm">
                {url}
              </Anchor>
              {description && <span className="faint">{description}</span>}
            </li>
          ))}
        </ul>
      )}
    </AroundCard>
  )
}
