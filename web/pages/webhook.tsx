import { Button, Menu, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Send as IconPing } from 'lucide-react'
import { useState } from 'react'
import { useLocation, useParams } from 'wouter'
import type { WebhookJson } from '../../server/webhook-wire.ts'
import { deleteWebhook, getWebhook, pingWebhook, rotateWebhookSecret } from '../api/webhooks.ts'
import { Loaded } from '../components/loaded.tsx'
import { Confirm } from '../components/confirm.tsx'
import { Deliveries } from '../components/deliveries.tsx'
import { MoreMenu } from '../components/more-menu.tsx'
import { PageHead } from '../components/page-head.tsx'
import { ShownOnce } from '../components/shown-once.tsx'
import { WebhookForm } from '../components/webhook-form.tsx'
import { client } from '../here.ts'
import { useAct } from '../use-act.ts'
import { shortId } from '../words.ts'

const WebhookView = ({ webhook }: { webhook: WebhookJson }) => {
  const [, navigate] = useLocation()
  const [isEditing, setEditing] = useState(false)
  const [isDeleting, setDeleting] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  const ping = useAct(() => pingWebhook(client, webhook.id), { done: 'A ping is on its way.', touches: ['deliveries'] })
  const rotate = useAct(() => rotateWebhookSecret(client, webhook.id), { touches: ['webhook'], onDone: (made) => setSecret(made.secret) })
  const remove = useAct(() => deleteWebhook(client, webhook.id), { done: 'The webhook is deleted.', touches: ['webhooks'], onDone: () => navigate('/webhooks') })
  return (
    <>
      <PageHead title={new URL(webhook.url).host} above={[{ label: 'Webhooks', href: '/webhooks' }]} here={shortId(webhook.id)}>
        <MoreMenu>
          <Menu.Item onClick={() => setEditing(true)}>Change …</Menu.Item>
          <Menu.Item onClick={() => rotate.mutate(undefined)}>Another secret</Menu.Item>
          <Menu.Divider />
          <Menu.Item className="menu-danger" onClick={() => setDeleting(true)}>
            Delete …
          </Menu.Item>
        </MoreMenu>
        <Button leftSection={<IconPing size={16} />} loading={ping.isPending} disabled={!webhook.enabled} onClick={() => ping.mutate(undefined)}>
          Send a ping
        </Button>
      </PageHead>
      <Text size="sm" c="dimmed" className="prewrap" mb="md">
        <span className="mono">{webhook.url}</span>
        {webhook.description && ` · ${webhook.description}`}
        {!webhook.enabled && ` · switched off${webhook.disabledReason === 'gone' ? ': it answered 410' : ''}`}
        {` · ${webhook.events.join(', ')}`}
      </Text>
      <Deliveries webhook={webhook} />
      {isEditing && <WebhookForm given={webhook} onClose={() => setEditing(false)} onMade={setSecret} />}
      <ShownOnce title="The new secret" value={secret} note="For a day, calls carry a signature by each of both secrets." onClose={() => setSecret(null)} />
      <Confirm title="Delete this webhook?" opened={isDeleting} onClose={() => setDeleting(false)} action="Delete" isBusy={remove.isPending} onConfirm={() => remove.mutate(undefined)}>
        It is told of nothing from then on, and what it was told is forgotten.
      </Confirm>
    </>
  )
}

export default function Webhook() {
  const { webhookId } = useParams<{ webhookId: string }>()
  const query = useQuery({ queryKey: ['webhook', webhookId], queryFn: () => getWebhook(client, webhookId) })
  return <Loaded query={query} name="webhook">{(data) => <WebhookView webhook={data} />}</Loaded>
}
