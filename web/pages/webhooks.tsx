import { Button, Switch } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Plus as IconPlus, Webhook as IconWebhook } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { WebhookJson } from '../../server/webhook-wire.ts'
import { changeWebhook, listWebhooks } from '../api/webhooks.ts'
import { Empty } from '../components/empty.tsx'
import { ListPanel } from '../components/list-panel.tsx'
import { ListTable } from '../components/list-table.tsx'
import { PageHead } from '../components/page-head.tsx'
import { ShownOnce } from '../components/shown-once.tsx'
import { Ago } from '../components/time.tsx'
import { WebhookForm } from '../components/webhook-form.tsx'
import { client } from '../here.ts'
import { useAct } from '../use-act.ts'
import { LIST_SIZE, useListParams } from '../use-list.ts'

const Events = ({ webhook: { events } }: { webhook: WebhookJson }) => <span title={events.join(', ')}>{events.length === 1 ? <span className="mono">{events[0]}</span> : `${events.length} kinds of events`}</span>

export default function Webhooks() {
  const { page, change } = useListParams()
  const [isAdding, setAdding] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  const list = useQuery({ queryKey: ['webhooks', page], queryFn: () => listWebhooks(client, { page, limit: LIST_SIZE }), placeholderData: keepPreviousData })
  const enable = useAct(({ id, enabled }: { id: string; enabled: boolean }) => changeWebhook(client, id, { enabled }), { touches: ['webhooks'] })
  return (
    <>
      <PageHead title="Webhooks">
        <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
          Add a webhook
        </Button>
      </PageHead>
      <ListPanel
        what="webhooks"
        query={list}
        rowsOf={({ webhooks }) => webhooks}
        pagination={list.data?.pagination}
        onPage={(next) => change({ page: next })}
        empty={
          <Empty title="Nobody is told of anything yet" icon={<IconWebhook size={28} />}>
            A webhook is an address of yours that Errand calls when a run starts, waits, ends or leaves a file: signed, in order, and again for days when it does not answer.
          </Empty>
        }
      >
        {(webhooks) => (
          <ListTable
            label="Webhooks"
            rows={webhooks}
            keyOf={({ id }) => id}
            columns={[
              {
                name: 'Address',
                cell: ({ id, url, description }) => (
                  <span className="two-lines">
                    <Link href={`/webhooks/${id}`} className="row-link">
                      {url}
                    </Link>
                    {description && <span className="faint">{description}</span>}
                  </span>
                ),
              },
              { name: 'Told of', width: '28%', cell: (webhook) => <Events webhook={webhook} /> },
              { name: 'Changed', width: 130, isRight: true, isExtra: true, cell: ({ updatedAt }) => <Ago at={updatedAt} /> },
              {
                name: 'Actions',
                isNameless: true,
                width: 150,
                isRight: true,
                cell: ({ id, url, enabled, disabledReason }) => (
                  <span className="row-actions">
                    {disabledReason === 'gone' && !enabled && <span className="step-error">answered 410</span>}
                    <Switch size="sm" aria-label={`${url} is told`} checked={enabled} onChange={({ currentTarget }) => enable.mutate({ id, enabled: currentTarget.checked })} />
                  </span>
                ),
              },
            ]}
          />
        )}
      </ListPanel>
      {isAdding && <WebhookForm given={null} onClose={() => setAdding(false)} onMade={setSecret} />}
      <ShownOnce title="The secret of the webhook" value={secret} note="Whoever receives the calls checks their signatures with it." onClose={() => setSecret(null)} />
    </>
  )
}
