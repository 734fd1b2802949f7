import { Select, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { JobJson } from '../../server/job-wire.ts'
import { faultsOf } from '../api/client.ts'
import { changeJob, createJob } from '../api/jobs.ts'
import { ASKS_NOTHING, useAsked } from '../asked-inputs.ts'
import { client } from '../here.ts'
import { useAct } from '../use-act.ts'
import { usePreset } from '../use-preset.ts'
import { useWorkflowChoices } from '../use-workflow-choices.ts'
import { useWorkflowNames } from '../use-workflow-names.ts'
import { FormModal } from './form-modal.tsx'
import { OrderList } from './order-list.tsx'
import { PresetInputs } from './preset-inputs.tsx'

/** @param given the job to change; null for a new one */
export const JobForm = ({ given, onClose }: { given: JobJson | null; onClose: () => void }) => {
  const [name, setName] = useState(given?.name ?? '')
  const [order, setOrder] = useState<readonly string[]>(given?.jobConfigJson.workflowExecutionOrder ?? [])
  const { setSearch, choices } = useWorkflowChoices()
  const nameOf = useWorkflowNames(order)
  const known = useAsked(order)
  const asked = known ?? ASKS_NOTHING
  const preset = usePreset(given?.inputs ?? {}, known)
  const save = useAct(
    async () => {
      const body = { name, jobConfigJson: { workflowExecutionOrder: [...order] }, ...((!given || preset.isChanged) && { inputs: preset.read() }) }
      return given ? changeJob(client, given.id, body) : createJob(client, body)
    },
    { done: 'The job is saved.', touches: ['jobs', 'job'], onDone: onClose, isInForm: true },
  )
  const faults = faultsOf(save.error)
  return (
    <FormModal title={given ? 'Change the job' : 'New job'} opened onClose={onClose} submit="Save" size="lg" isBusy={save.isPending} error={save.error} placed={faults.map(({ path }) => path).filter((path) => path.startsWith('inputs'))} onSubmit={() => save.mutate(undefined)}>
      <TextInput label="Name" value={name} onChange={({ currentTarget }) => setName(currentTarget.value)} required data-autofocus />
      <div>
        <Text size="sm" fw={500} mb={4}>
          Workflows, one after the other
        </Text>
        <OrderList order={order} nameOf={nameOf} onChange={setOrder} />
        <Select
          key={order.length}
          aria-label="Add a workflow"
          placeholder="Add a workflow"
          data={choices.map(({ id, label }) => ({ value: id, label }))}
          value={null}
          onChange={(id) => id && setOrder([...order, id])}
          onSearchChange={setSearch}
          searchable
          nothingFoundMessage="No such workflow"
        />
      </div>
      {/* Whoever starts it may give the rest. */}
      <PresetInputs title="Inputs" note="Each workflow gets those that it asks for. What is left out can be given when the job is started." asked={{ ...asked, inputs: { ...asked.inputs, required: [] } }} preset={preset} faults={faults} />
    </FormModal>
  )
}
