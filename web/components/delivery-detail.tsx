import { Button, Code, Group, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { DeliveryJson } from '../../server/webhook-wire.ts'
import { getDelivery } from '../api/webhooks.ts'
import { client } from '../here.ts'
import { duration, moment } from '../words.ts'
import { DataView } from './data-view.tsx'
import { DeliveryState } from './delivery-state.tsx'
import { Dialog } from './dialog.tsx'
import { Failure } from './failure.tsx'
import { Loading } from './loading.tsx'

const Attempts = ({ delivery: { attempts, attemptCount, status, nextAttemptAt } }: { delivery: DeliveryJson }) => (
  <section aria-labelledby="delivery-attempts">
    <Title order={3} size="h6" mb={4} id="delivery-attempts">
      Attempts
    </Title>
    {attempts.length === 0 && (
      <Text size="sm" c="dimmed">
        It has not been tried yet.
      </Text>
    )}
    <ol className="attempts">
      {attempts.map(({ at, statusCode, error, durationMs }) => (
        <li key={at}>
          <time dateTime={at} className="figures faint">
            {moment(at)}
          </time>
          <span className={error !== null || (statusCode ?? 0) >= 300 ? 'step-error' : undefined}>{[statusCode, error].filter((part) => part !== null).join(' · ')}</span>
          <span className="figures faint">{duration(durationMs)}</span>
        </li>
      ))}
    </ol>
    {attemptCount > attempts.length && (
      <Text size="xs" c="dimmed">
        The last {attempts.length} of {attemptCount}.
      </Text>
    )}
    {status === 'pending' && (
      <Text size="sm" c="dimmed" mt={4}>
        {nextAttemptAt ? `It is tried next at ${moment(nextAttemptAt)}.` : 'It waits until what its run has to tell before it is done with.'}
      </Text>
    )}
  </section>
)

/** One delivery: what is sent, what was answered, and each attempt. */
export const DeliveryDetail = ({ webhookId, delivery, canSend, onSend, isBusy, onClose }: { webhookId: string; delivery: DeliveryJson; canSend: boolean; onSend: () => void; isBusy: boolean; onClose: () => void }) => {
  const { data, error, refetch } = useQuery({ queryKey: ['delivery', delivery.id], queryFn: () => getDelivery(client, webhookId, delivery.id), staleTime: 60_000 })
  return (
    <Dialog opened onClose={onClose} title={<span className="mono">{delivery.type}</span>} size="xl">
      <Stack gap="md">
        <Group justify="space-between">
          <DeliveryState status={delivery.status} />
          <Button variant="default" size="xs" disabled={!canSend || delivery.status === 'pending'} loading={isBusy} onClick={onSend}>
            Send again
          </Button>
        </Group>
        <Attempts delivery={delivery} />
        <section aria-labelledby="delivery-response">
          <Title order={3} size="h6" mb={4} id="delivery-response">
            What was answered last
          </Title>
          {delivery.response ? (
            <Code block tabIndex={0} className="delivery-response">
              {delivery.response}
            </Code>
          ) : (
            <Text size="sm" c="dimmed">
              Nothing that could be read.
            </Text>
          )}
        </section>
        <section aria-labelledby="delivery-body">
          <Title order={3} size="h6" mb={4} id="delivery-body">
            What is sent
          </Title>
          <Text size="xs" c="dimmed" mb={6} className="mono">
            webhook-id: {delivery.eventId}
          </Text>
          {error && !data ? <Failure error={error} what="What is sent could not be read." onRetry={() => void refetch()} /> : data ? <DataView value={data.body} /> : <Loading what="Loading what is sent" />}
        </section>
      </Stack>
    </Dialog>
  )
}
