import { SegmentedControl, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ListedScheduleJson, ScheduleJson } from '../../server/schedule-wire.ts'
import { faultsOf } from '../api/client.ts'
import { getJob } from '../api/jobs.ts'
import { setSchedule, type ScheduleTarget } from '../api/schedules.ts'
import { useAsked } from '../asked-inputs.ts'
import { client } from '../here.ts'
import { useAct } from '../use-act.ts'
import { usePreset } from '../use-preset.ts'
import { wallTime, ZONES, zoneHere } from '../zones.ts'
import { FormModal } from './form-modal.tsx'
import { PresetInputs } from './preset-inputs.tsx'
import { NextTimes, useCheckedTimes } from './schedule-times.tsx'
import { StartedSelect } from './started-select.tsx'

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
const KINDS = [{ value: 'again', label: 'Again and again' }, { value: 'once', label: 'Once' }]
/** Faults that stand beside their fields. */
const PLACED = ['cron', 'at', 'timezone']

/** What is started, and what it asks for. */
const useTarget = (target: ScheduleTarget | null) => {
  const job = useQuery({ queryKey: ['job', target?.id], queryFn: () => getJob(client, target?.id ?? ''), enabled: target?.kind === 'job' }).data
  const workflows = target === null ? [] : target.kind === 'workflow' ? [target.id] : (job?.jobConfigJson.workflowExecutionOrder ?? [])
  const asked = useAsked(workflows)
  return { asked: target !== null && (target.kind === 'workflow' || job) ? asked : null, elsewhere: Object.keys(job?.inputs ?? {}) }
}

const targetOf = ({ kind, jobId, workflowId }: ListedScheduleJson): ScheduleTarget => (kind === 'job' ? { kind, id: jobId ?? '' } : { kind: 'workflow', id: workflowId ?? '' })

/** @param given the schedule to change; null for a new one @param first what a new one is for, where that is known */
export const ScheduleForm = ({ given, first = null, onClose }: { given: ListedScheduleJson | null; first?: ScheduleTarget | null; onClose: () => void }) => {
  const [target, setTarget] = useState<ScheduleTarget | null>(given ? targetOf(given) : first)
  const [timezone, setTimezone] = useState(given?.timezone ?? zoneHere)
  const [isOnce, setOnce] = useState(given !== null && given.at !== null)
  const [cron, setCron] = useState(given?.cron ?? '0 7 * * 1-5')
  const givenAt = given?.at ? wallTime(given.at, given.timezone) : ''
  const [at, setAt] = useState(givenAt)
  const [overlap, setOverlap] = useState<ScheduleJson['overlap']>(given?.overlap ?? 'skip')
  const [catchUp, setCatchUp] = useState<ScheduleJson['catchUp']>(given?.catchUp ?? 'latest')
  const { asked, elsewhere } = useTarget(target)
  const preset = usePreset(given?.inputs ?? {}, asked)
  const when = isOnce ? { at } : { cron }
  const { nextRuns, faults } = useCheckedTimes({ ...when, timezone })
  // A schedule with other times begins anew; one without keeps what is not said, secret inputs too.
  const isSame = given !== null && (isOnce ? given.at !== null && at === givenAt && timezone === given.timezone : given.cron === cron)
  const save = useAct(
    async () => {
      const times = isSame ? {} : { ...when, paused: given?.paused ?? false }
      const inputs = isSame && !preset.isChanged ? {} : { inputs: preset.read() }
      return setSchedule(client, target!, { ...times, timezone, overlap, catchUp, ...inputs })
    },
    { done: 'The schedule is set.', touches: ['schedules', 'jobs', 'job'], onDone: onClose, isInForm: true },
  )
  const told = faultsOf(save.error)
  const fault = (path: string) => [...faults, ...told].find((found) => found.path === path)?.message
  const often = OFTEN.find(({ value }) => value === cron)?.value ?? null
  return (
    <FormModal title={given ? `Schedule of ${given.title ?? given.name}` : 'Set a schedule'} opened onClose={onClose} submit="Set the schedule" size="lg" isBusy={save.isPending} error={save.error} placed={[...PLACED, ...told.map(({ path }) => path).filter((path) => path.startsWith('inputs'))]} onSubmit={() => target && save.mutate(undefined)}>
      {!given && !first && <StartedSelect value={target} onChange={setTarget} />}
      <SegmentedControl data={KINDS} value={isOnce ? 'once' : 'again'} onChange={(kind) => setOnce(kind === 'once')} aria-label="How often it starts" />
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        {isOnce ? (
          <Stack gap="md">
            <TextInput label="At" type="datetime-local" value={at} onChange={({ currentTarget }) => setAt(currentTarget.value)} error={fault('at')} required />
            <NextTimes nextRuns={nextRuns} timezone={timezone} />
          </Stack>
        ) : (
          <>
            <Select label="How often" description="The usual patterns" data={OFTEN} value={often} placeholder="As the pattern says" onChange={(value) => value && setCron(value)} allowDeselect={false} />
            <TextInput label="Pattern" description="Minute, hour, day, month, weekday" value={cron} onChange={({ currentTarget }) => setCron(currentTarget.value)} error={fault('cron')} required classNames={{ input: 'mono-input' }} />
          </>
        )}
        <Stack gap="md">
          <Select label="Time zone" data={ZONES} value={timezone} onChange={(value) => setTimezone(value ?? 'UTC')} searchable allowDeselect={false} error={fault('timezone')} limit={60} />
          {!isOnce && <Select label="When the run before has not ended" data={OVERLAP} value={overlap} onChange={(value) => setOverlap((value ?? 'skip') as ScheduleJson['overlap'])} allowDeselect={false} />}
          <Select label={isOnce ? 'When the server is stopped at that time' : 'Times missed while the server was stopped'} data={isOnce ? CATCH_UP.filter(({ value }) => value !== 'all').map(({ value }) => ({ value, label: value === 'latest' ? 'Make up for it' : 'Leave it out' })) : CATCH_UP} value={isOnce && catchUp === 'all' ? 'latest' : catchUp} onChange={(value) => setCatchUp((value ?? 'latest') as ScheduleJson['catchUp'])} allowDeselect={false} />
        </Stack>
        {!isOnce && <NextTimes nextRuns={nextRuns} timezone={timezone} />}
      </SimpleGrid>
      {asked ? (
        <PresetInputs title="What it starts with" asked={asked} preset={preset} faults={told} elsewhere={elsewhere} isAnew={!isSame} />
      ) : (
        target && (
          <Text size="sm" c="dimmed">
            Looking at what it asks for …
          </Text>
        )
      )}
    </FormModal>
  )
}
