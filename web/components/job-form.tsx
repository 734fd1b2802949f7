import { ActionIcon, Group, JsonInput, Select, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ArrowDown as IconDown, ArrowUp as IconUp, X as IconRemove } from 'lucide-react'
import { useState } from 'react'
import type { JobJson } from '../../server/job-wire.ts'
import { changeJob, createJob } from '../api/jobs.ts'
import { listWorkflows } from '../api/workflows.ts'
import { client } from '../here.ts'
import { useAct } from '../use-act.ts'
import { FormModal } from './form-modal.tsx'

const moved = (list: readonly string[], from: number, to: number): string[] => {
  const one = list[from]
  return one === undefined ? [...list] : list.toSpliced(from, 1).toSpliced(to, 0, one)
}

/** @param given the job to change; null for a new one */
export const JobForm = ({ given, onClose }: { given: JobJson | null; onClose: () => void }) => {
  const [name, setName] = useState(given?.name ?? '')
  const [order, setOrder] = useState<string[]>(given?.jobConfigJson.workflowExecutionOrder ?? [])
  const known = given && Object.keys(given.inputs).length > 0 ? JSON.stringify(given.inputs, null, 2) : ''
  const [inputs, setInputs] = useState(known)
  const workflows = useQuery({ queryKey: ['workflows', 'all'], queryFn: () => listWorkflows(client, { limit: 100 }) }).data?.workflows ?? []
  const nameOf = (id: string): string => {
    const found = workflows.find((workflow) => workflow.id === id)
    return found?.title ?? found?.identifier ?? id
  }
  const save = useAct(
    async () => {
      const body = { name, jobConfigJson: { workflowExecutionOrder: order }, ...(inputs !== known && { inputs: inputs.trim() === '' ? {} : (JSON.parse(inputs) as Record<string, unknown>) }) }
      return given ? changeJob(client, given.id, body) : createJob(client, body)
    },
    { done: 'The job is saved.', touches: ['jobs', 'job'], onDone: onClose, isInForm: true },
  )
  return (
    <FormModal title={given ? 'Change the job' : 'New job'} opened onClose={onClose} submit="Save" isBusy={save.isPending} error={save.error} onSubmit={() => save.mutate(undefined)}>
      <TextInput label="Name" value={name} onChange={({ currentTarget }) => setName(currentTarget.value)} required data-autofocus />
      <div>
        <Text size="sm" fw={500} mb={4}>
          Workflows, one after the other
        </Text>
        <ol className="order">
          {order.map((id, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- the same workflow may come twice
            <li key={`${id} ${index}`}>
              <span className="link-name">{nameOf(id)}</span>
              <Group gap={2} wrap="nowrap">
                <ActionIcon variant="subtle" color="gray" aria-label={`${nameOf(id)}: earlier`} disabled={index === 0} onClick={() => setOrder(moved(order, index, index - 1))}>
                  <IconUp size={15} />
                </ActionIcon>
                <ActionIcon variant="subtle" color="gray" aria-label={`${nameOf(id)}: later`} disabled={index === order.length - 1} onClick={() => setOrder(moved(order, index, index + 1))}>
                  <IconDown size={15} />
                </ActionIcon>
                <ActionIcon variant="subtle" color="gray" aria-label={`${nameOf(id)}: leave it out`} onClick={() => setOrder(order.toSpliced(index, 1))}>
                  <IconRemove size={15} />
                </ActionIcon>
              </Group>
            </li>
          ))}
        </ol>
        <Select
          key={order.length}
          aria-label="Add a workflow"
          placeholder="Add a workflow"
          data={workflows.map(({ id }) => ({ value: id, label: nameOf(id) }))}
          value={null}
          onChange={(id) => id && setOrder([...order, id])}
          searchable
          nothingFoundMessage="No such workflow"
        />
      </div>
      <JsonInput label="Inputs" description="As JSON; each workflow gets those that it asks for." placeholder={'{ "month": "2026-01" }'} value={inputs} onChange={setInputs} autosize minRows={2} maxRows={8} validationError="This is not valid JSON" />
    </FormModal>
  )
}
