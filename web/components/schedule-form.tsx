import { JsonInput, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ListedScheduleJson, ScheduleJson } from '../../server/schedule-wire.ts'
import { faultsOf } from '../api/client.ts'
import { listJobs } from '../api/jobs.ts'
import { setSchedule, type ScheduleTarget } from '../api/schedules.ts'
import { listWorkflows } from '../api/workflows.ts'
import { client } from '../here.ts'
import { useAct } from '../use-act.ts'
import { FormModal } from './form-modal.tsx'

const OFTEN = [
  { value: '0 * * * *', label: 'Every hour' },
  { value: '0 7 * * *', label: 'Every day at 7:00' },
  { value: '0 7 * * 1-5', label: 'Monday to Friday at 7:00' },
  { value: '0 7 * * 1', label: 'Mondays at 7:00' },
  { value: '0 7 1 * *', label: 'The first of each month at 7:00' },
]
const OVERLAP = [
  { value: 'skip', label: 'Start nothing' },
  { value: 'queue', label: 'Wait until it has ended' },
  { value: 'allow', label: 'Start beside it' },
]
const CATCH_UP = [
  { value: 'latest', label: 'Make up for the latest' },
  { value: 'all', label: 'Make up for all' },
  { value: 'none', label: 'Leave them out' },
]
const ZONES = [...new Set(['UTC', Intl.DateTimeFormat().resolvedOptions().timeZone, ...Intl.supportedValuesOf('timeZone')])]

const useTargets = () => {
  const workflows = useQuery({ queryKey: ['workflows', 'all'], queryFn: () => listWorkflows(client, { limit: 100 }) }).data?.workflows ?? []
  const jobs = useQuery({ queryKey: ['jobs', 'all'], queryFn: () => listJobs(client, { limit: 100 }) }).data?.jobs ?? []
  return [
    { group: 'Workflows', items: workflows.map(({ identifier, title }) => ({ value: `workflow ${identifier}`, label: title ?? identifier })) },
    { group: 'Jobs', items: jobs.map(({ id, name }) => ({ value: `job ${id}`, label: name })) },
  ]
}

const targetOf = (value: string): ScheduleTarget => {
  const [kind, id = ''] = value.split(' ')
  return { kind: kind === 'job' ? 'job' : 'workflow', id }
}

/** @param given the schedule to change; null for a new one */
export const ScheduleForm = ({ given, onClose }: { given: ListedScheduleJson | null; onClose: () => void }) => {
  const targets = useTargets()
  const [target, setTarget] = useState<string | null>(given ? `${given.kind} ${given.jobId ?? given.workflowId}` : null)
  const [cron, setCron] = useState(given?.cron ?? '0 7 * * 1-5')
  const [timezone, setTimezone] = useState(given?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone)
  const [overlap, setOverlap] = useState<ScheduleJson['overlap']>(given?.overlap ?? 'skip')
  const [catchUp, setCatchUp] = useState<ScheduleJson['catchUp']>(given?.catchUp ?? 'latest')
  const known = given && Object.keys(given.inputs).length > 0 ? JSON.stringify(given.inputs, null, 2) : ''
  const [inputs, setInputs] = useState(known)
  const save = useAct(
    async () => {
      // A schedule with other times begins anew; one without keeps what is not said, secret inputs too.
      const isSame = given !== null && given.cron === cron
      const begins = isSame ? {} : { cron, paused: given?.paused ?? false }
      const sent = (isSame && inputs === known) || inputs.trim() === '' ? {} : { inputs: JSON.parse(inputs) as Record<string, unknown> }
      return setSchedule(client, targetOf(target ?? ''), { ...begins, timezone, overlap, catchUp, ...sent })
    },
    { done: 'The schedule is set.', touches: ['schedules'], onDone: onClose, isInForm: true },
  )
  const fault = (path: string) => faultsOf(save.error).find((found) => found.path === path)?.message
  const often = OFTEN.find(({ value }) => value === cron)?.value ?? null
  return (
    <FormModal title={given ? `Schedule of ${given.name}` : 'Set a schedule'} opened onClose={onClose} submit="Set the schedule" isBusy={save.isPending} error={save.error} placed={['cron', 'timezone']} onSubmit={() => target && save.mutate(undefined)}>
      {!given && <Select label="What to start" data={targets} value={target} onChange={setTarget} searchable required nothingFoundMessage="There is no such workflow or job" data-autofocus />}
      <Select label="How often" data={OFTEN} value={often} placeholder="As the pattern says" onChange={(value) => value && setCron(value)} allowDeselect={false} />
      <TextInput label="Pattern" description="Minute, hour, day, month, weekday" value={cron} onChange={({ currentTarget }) => setCron(currentTarget.value)} error={fault('cron')} required classNames={{ input: 'mono-input' }} />
      <Select label="Time zone" data={ZONES} value={timezone} onChange={(value) => setTimezone(value ?? 'UTC')} searchable allowDeselect={false} error={fault('timezone')} limit={60} />
      <Select label="When the run before has not ended" data={OVERLAP} value={overlap} onChange={(value) => setOverlap((value ?? 'skip') as ScheduleJson['overlap'])} allowDeselect={false} />
      <Select label="Times that passed while the server was stopped" data={CATCH_UP} value={catchUp} onChange={(value) => setCatchUp((value ?? 'latest') as ScheduleJson['catchUp'])} allowDeselect={false} />
      <JsonInput label="Inputs" description="As JSON, where the workflow asks for some." placeholder={'{ "month": "2026-01" }'} value={inputs} onChange={setInputs} autosize minRows={2} maxRows={8} validationError="This is not valid JSON" />
    </FormModal>
  )
}
