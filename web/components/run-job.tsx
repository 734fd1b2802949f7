import { Button, Text } from '@mantine/core'
import { Play as IconPlay } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { JobJson } from '../../server/job-wire.ts'
import { faultsOf } from '../api/client.ts'
import { startJob } from '../api/jobs.ts'
import { useAsked, type Asked } from '../asked-inputs.ts'
import { client } from '../here.ts'
import { inputsInOrder } from '../input-values.ts'
import { useAct } from '../use-act.ts'
import { HIDDEN, usePreset } from '../use-preset.ts'
import { FormModal } from './form-modal.tsx'
import { PresetInputs } from './preset-inputs.tsx'

const useStart = (job: JobJson, isInForm: boolean) => {
  const [, navigate] = useLocation()
  return useAct(async (read: (() => Record<string, unknown>) | null) => startJob(client, job.id, read?.()), { touches: ['job-runs'], onDone: ({ id }) => navigate(`/job-runs/${id}`), isInForm })
}

const StartForm = ({ job, asked, onClose }: { job: JobJson; asked: Asked; onClose: () => void }) => {
  // What is sent stands in place of what the job has; secrets, which nobody is shown, stay the job's.
  const shown = Object.fromEntries(Object.entries(job.inputs).filter(([, value]) => value !== HIDDEN))
  const preset = usePreset(shown, asked)
  const start = useStart(job, true)
  const faults = faultsOf(start.error)
  const kept = Object.keys(job.inputs).filter((name) => !(name in shown))
  return (
    <FormModal title={`Run ${job.name}`} opened onClose={onClose} submit="Run" size="lg" isBusy={start.isPending} error={start.error} placed={faults.map(({ path }) => path).filter((path) => path.startsWith('inputs'))} onSubmit={() => start.mutate(preset.read)}>
      {kept.length > 0 && (
        <Text size="sm" c="dimmed">
          The job keeps a secret for {kept.join(', ')}, which need not be given.
        </Text>
      )}
      <PresetInputs title="Inputs" asked={asked} preset={preset} faults={faults} elsewhere={Object.keys(job.inputs)} />
    </FormModal>
  )
}

/** Starts a job; asks first for what its workflows ask for. */
export const RunJob = ({ job, isSmall = false }: { job: JobJson; isSmall?: boolean }) => {
  const [isAsking, setAsking] = useState(false)
  const asked = useAsked(job.jobConfigJson.workflowExecutionOrder)
  const start = useStart(job, false)
  const asksNothing = asked !== null && inputsInOrder(asked.inputs).length === 0
  const run = (): void => (asksNothing ? start.mutate(null) : setAsking(true))
  return (
    <>
      {isSmall ? (
        <Button variant="default" size="xs" disabled={asked === null} loading={start.isPending} onClick={run} aria-label={`Run ${job.name}`}>
          Run
        </Button>
      ) : (
        <Button leftSection={<IconPlay size={16} />} disabled={asked === null} loading={start.isPending} onClick={run}>
          Run
        </Button>
      )}
      {isAsking && asked && <StartForm job={job} asked={asked} onClose={() => setAsking(false)} />}
    </>
  )
}
