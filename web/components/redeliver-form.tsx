import { Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import { redeliverFailed } from '../api/webhooks.ts'
import { client } from '../here.ts'
import { tellDone } from '../tell.ts'
import { useAct } from '../use-act.ts'
import { wallTime, zoneHere } from '../zones.ts'
import { FormModal } from './form-modal.tsx'

const HOUR_MS = 3_600_000
const SINCE = [
  { value: String(HOUR_MS), label: 'In the last hour' },
  { value: String(24 * HOUR_MS), label: 'In the last day' },
  { value: String(7 * 24 * HOUR_MS), label: 'In the last week' },
  { value: 'all', label: 'Ever' },
  { value: 'since', label: 'Since …' },
]

/** Sends again all that has failed since a time: the receiver was broken, and is there again. */
export const RedeliverForm = ({ webhookId, onClose }: { webhookId: string; onClose: () => void }) => {
  const [chosen, setChosen] = useState(String(24 * HOUR_MS))
  const [since, setSince] = useState(() => wallTime(new Date(Date.now() - 24 * HOUR_MS).toISOString(), zoneHere))
  const from = (): string => (chosen === 'since' ? new Date(since) : new Date(chosen === 'all' ? 0 : Date.now() - Number(chosen))).toISOString()
  const send = useAct(async () => redeliverFailed(client, webhookId, from()), {
    touches: ['deliveries'],
    onDone: (count) => {
      tellDone(count === 0 ? 'Nothing has failed since then.' : count === 1 ? 'One is sent again.' : `${count} are sent again.`)
      onClose()
    },
    isInForm: true,
  })
  return (
    <FormModal title="Send again what has failed" opened onClose={onClose} submit="Send them again" isBusy={send.isPending} error={send.error} onSubmit={() => send.mutate(undefined)}>
      <Select label="What happened" data={SINCE} value={chosen} onChange={(value) => setChosen(value ?? 'all')} allowDeselect={false} data-autofocus />
      {chosen === 'since' && <TextInput label="Since" type="datetime-local" value={since} onChange={({ currentTarget }) => setSince(currentTarget.value)} required />}
    </FormModal>
  )
}
