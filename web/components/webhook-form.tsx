import { MultiSelect, Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import { WEBHOOK_EVENTS, type WebhookEvent } from '../../runner/model/webhook.ts'
import type { WebhookJson } from '../../server/webhook-wire.ts'
import { faultsOf } from '../api/client.ts'
import { changeWebhook, createWebhook } from '../api/webhooks.ts'
import { client } from '../here.ts'
import { useAct } from '../use-act.ts'
import { useWorkflowChoices } from '../use-workflow-choices.ts'
import { FormModal } from './form-modal.tsx'

const USUAL: WebhookEvent[] = ['workflow_run.completed', 'workflow_run.failed']

/** @param given the webhook to change; null for a new one, whose secret is told to `onMade` */
export const WebhookForm = ({ given, onClose, onMade }: { given: WebhookJson | null; onClose: () => void; onMade: (secret: string) => void }) => {
  const [url, setUrl] = useState(given?.url ?? '')
  const [events, setEvents] = useState<WebhookEvent[]>(given?.events ?? USUAL)
  const [workflowId, setWorkflowId] = useState<string | null>(given?.workflowId ?? null)
  const [description, setDescription] = useState(given?.description ?? '')
  const { setSearch, choices } = useWorkflowChoices()
  const body = { url, events, workflowId, description: description.trim() || null }
  const save = useAct(async () => (given ? (await changeWebhook(client, given.id, body), null) : (await createWebhook(client, body)).secret), {
    touches: ['webhooks', 'webhook'],
    ...(given && { done: 'The webhook is changed.' }),
    onDone: (secret) => {
      onClose()
      if (secret !== null) onMade(secret)
    },
    isInForm: true,
  })
  const fault = (path: string) => faultsOf(save.error).find((found) => found.path === path)?.message
  return (
    <FormModal title={given ? 'Change the webhook' : 'Add a webhook'} opened onClose={onClose} submit={given ? 'Save' : 'Add'} isBusy={save.isPending} error={save.error} placed={['url', 'events']} onSubmit={() => save.mutate(undefined)}>
      <TextInput label="Address" type="url" placeholder="https://hooks.example/errand" value={url} onChange={({ currentTarget }) => setUrl(currentTarget.value)} error={fault('url')} required data-autofocus />
      <MultiSelect label="Tell it of" data={[...WEBHOOK_EVENTS]} value={events} onChange={(chosen) => setEvents(chosen)} error={fault('events')} required hidePickedOptions />
      <Select label="Of which runs" placeholder="Every workflow's" data={choices.map(({ id, label }) => ({ value: id, label }))} value={workflowId} onChange={setWorkflowId} onSearchChange={setSearch} clearable searchable nothingFoundMessage="No such workflow" />
      <TextInput label="What it is for" value={description} onChange={({ currentTarget }) => setDescription(currentTarget.value)} />
    </FormModal>
  )
}
