import { Button, SegmentedControl } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Redo2 as IconAgain } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { DeliveryJson, WebhookJson } from '../../server/webhook-wire.ts'
import { listDeliveries, redeliver } from '../api/webhooks.ts'
import { client } from '../here.ts'
import { useAct } from '../use-act.ts'
import { LIST_SIZE, useListParams } from '../use-list.ts'
import { duration, shortId } from '../words.ts'
import { DeliveryDetail } from './delivery-detail.tsx'
import { DeliveryState } from './delivery-state.tsx'
import { Empty } from './empty.tsx'
import { ListPanel } from './list-panel.tsx'
import { ListTable } from './list-table.tsx'
import { RedeliverForm } from './redeliver-form.tsx'
import { Ago } from './time.tsx'

const LOOK_MS = 2_000

type Status = DeliveryJson['status']
const STATUSES = [{ value: '', label: 'All' }, { value: 'pending', label: 'On their way' }, { value: 'delivered', label: 'Delivered' }, { value: 'failed', label: 'Failed' }]

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

/** What a webhook has told, or is to tell. */
export const Deliveries = ({ webhook }: { webhook: WebhookJson }) => {
  const { search: status, page, change } = useListParams('status')
  const [opened, setOpened] = useState<string | null>(null)
  const [isSending, setSending] = useState(false)
  const list = useQuery({
    queryKey: ['deliveries', webhook.id, { status, page }],
    queryFn: () => listDeliveries(client, webhook.id, { status: status as Status | undefined, page, limit: LIST_SIZE }),
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_MS,
  })
  const again = useAct((id: string) => redeliver(client, webhook.id, id), { done: 'It is sent again.', touches: ['deliveries', 'delivery'] })
  const shown = list.data?.deliveries.find(({ id }) => id === opened)
  return (
    <>
      <div className="filters">
        <SegmentedControl data={STATUSES} value={status ?? ''} onChange={(next) => change({ search: next || undefined })} aria-label="Status" size="sm" />
        <Button variant="default" leftSection={<IconAgain size={16} />} disabled={!webhook.enabled} onClick={() => setSending(true)} ml="auto">
          Send failed ones again …
        </Button>
      </div>
      <ListPanel
        what="deliveries"
        query={list}
        rowsOf={({ deliveries }) => deliveries}
        pagination={list.data?.pagination}
        onPage={(next) => change({ page: next })}
        empty={status ? <Empty title="None is like that" /> : <Empty title="Nothing has been told yet">Send a ping to see whether the address answers.</Empty>}
      >
        {(deliveries) => (
          <ListTable
            label="Deliveries"
            rows={deliveries}
            keyOf={({ id }) => id}
            columns={[
              {
                name: 'Event',
                cell: ({ id, type }) => (
                  <button type="button" className="row-link row-button mono" onClick={() => setOpened(id)}>
                    {type}
                  </button>
                ),
              },
              { name: 'State', width: 150, cell: (delivery) => <DeliveryState status={delivery.status} /> },
              { name: 'Answer', width: '26%', cell: (delivery) => <Answer delivery={delivery} /> },
              { name: 'Run', width: 110, isExtra: true, cell: ({ workflowRunId }) => (workflowRunId ? <Link href={`/runs/${workflowRunId}`} className="mono">{shortId(workflowRunId)}</Link> : <span className="faint">–</span>) },
              { name: 'When', width: 120, isRight: true, cell: ({ occurredAt }) => <Ago at={occurredAt} /> },
              {
                name: 'Actions',
                isNameless: true,
                width: 135,
                isRight: true,
                cell: (delivery) =>
                  delivery.status !== 'pending' && (
                    <Button variant="default" size="xs" disabled={!webhook.enabled} onClick={() => again.mutate(delivery.id)} aria-label={`Send again: ${delivery.type}`}>
                      Send again
                    </Button>
                  ),
              },
            ]}
          />
        )}
      </ListPanel>
      {shown && <DeliveryDetail webhookId={webhook.id} delivery={shown} canSend={webhook.enabled} isBusy={again.isPending} onSend={() => again.mutate(shown.id)} onClose={() => setOpened(null)} />}
      {isSending && <RedeliverForm webhookId={webhook.id} onClose={() => setSending(false)} />}
    </>
  )
}
