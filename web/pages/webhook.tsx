import { Button, Menu, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ChevronDown as IconMore, Send as IconPing } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation, useParams } from 'wouter'
import type { DeliveryJson, WebhookJson } from '../../server/webhook-wire.ts'
import { deleteWebhook, getWebhook, listDeliveries, pingWebhook, redeliver, rotateWebhookSecret } from '../api/webhooks.ts'
import { Loaded } from '../components/loaded.tsx'
import { Confirm } from '../components/confirm.tsx'
import { Empty } from '../components/empty.tsx'
import { ListPanel } from '../components/list-panel.tsx'
import { ListTable } from '../components/list-table.tsx'
import { PageHead } from '../components/page-head.tsx'
import { ShownOnce } from '../components/shown-once.tsx'
import { StateMark } from '../components/state.tsx'
import { Ago } from '../components/time.tsx'
import { WebhookForm } from '../components/webhook-form.tsx'
import { client } from '../here.ts'
import { useAct } from '../use-act.ts'
import { LIST_SIZE, useListParams } from '../use-list.ts'
import { duration, shortId } from '../words.ts'

const LOOK_MS = 2_000

const STATES: Record<DeliveryJson['status'], [status: string, words: string]> = { pending: ['running', 'On its way'], delivered: ['completed', 'Delivered'], failed: ['failed', 'Failed'] }

/** What came of the last attempt. */
const Answer = ({ delivery: { attempts, response, attemptCount } }: { delivery: DeliveryJson }) => {
  const last = attempts.at(-1)
  if (!last) return <span className="faint">not tried yet</span>
  return (
    <span className="two-lines">
      <span>
        {last.error ?? `${last.statusCode}`} <span className="faint">in {duration(last.durationMs)}{attemptCount > 1 && `, attempt ${attemptCount}`}</span>
      </span>
      {response && <span className="faint mono" title={response}>{response}</span>}
    </span>
  )
}

const Deliveries = ({ webhook }: { webhook: WebhookJson }) => {
  const { page, change } = useListParams()
  const list = useQuery({ queryKey: ['deliveries', webhook.id, page], queryFn: () => listDeliveries(client, webhook.id, { page, limit: LIST_SIZE }), placeholderData: keepPreviousData, refetchInterval: LOOK_MS })
  const again = useAct((id: string) => redeliver(client, webhook.id, id), { done: 'It is sent again.', touches: ['deliveries'] })
  return (
    <ListPanel
      what="deliveries"
      query={list}
      rowsOf={({ deliveries }) => deliveries}
      pagination={list.data?.pagination}
      onPage={(next) => change({ page: next })}
      empty={<Empty title="Nothing has been told yet">Send a ping to see whether the address answers.</Empty>}
    >
      {(deliveries) => (
        <ListTable
          label="Deliveries"
          rows={deliveries}
          keyOf={({ id }) => id}
          columns={[
            { name: 'Event', cell: ({ type }) => <span className="mono cell-main">{type}</span> },
            { name: 'State', width: 150, cell: ({ status }) => <StateMark status={STATES[status][0]}>{STATES[status][1]}</StateMark> },
            { name: 'Answer', width: '26%', cell: (delivery) => <Answer delivery={delivery} /> },
            { name: 'Run', width: 110, isExtra: true, cell: ({ workflowRunId }) => (workflowRunId ? <Link href={`/runs/${workflowRunId}`} className="mono">{shortId(workflowRunId)}</Link> : <span className="faint">–</span>) },
            { name: 'When', width: 120, isRight: true, cell: ({ occurredAt }) => <Ago at={occurredAt} /> },
            {
              name: 'Actions',
              isNameless: true,
              width: 135,
              isRight: true,
              cell: ({ id, type, status }) =>
                status !== 'pending' && (
                  <Button variant="default" size="xs" disabled={!webhook.enabled} onClick={() => again.mutate(id)} aria-label={`Send again: ${type}`}>
                    Send again
                  </Button>
                ),
            },
          ]}
        />
      )}
    </ListPanel>
  )
}

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
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <Button variant="default" rightSection={<IconMore size={16} />}>
              More
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => setEditing(true)}>Change …</Menu.Item>
            <Menu.Item onClick={() => rotate.mutate(undefined)}>Another secret</Menu.Item>
            <Menu.Divider />
            <Menu.Item className="menu-danger" onClick={() => setDeleting(true)}>
              Delete …
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
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
