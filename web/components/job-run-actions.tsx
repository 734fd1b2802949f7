import { Button } from '@mantine/core'
import { RotateCw as IconAgain, Square as IconStop } from 'lucide-react'
import { useLocation } from 'wouter'
import { isJobRunOver } from '../../runner/model/job.ts'
import type { JobRunJson } from '../../server/job-wire.ts'
import { cancelJobRun, rerunJobRun } from '../api/jobs.ts'
import { client } from '../here.ts'
import { useAct } from '../use-act.ts'

const TOUCHES = ['job-runs', 'job-run'] as const

/** What can be done with a job run: stop it, or run it again, where it can be from the workflow that it did not get past. */
export const JobRunActions = ({ jobRun: { id, status, error }, isSmall = false }: { jobRun: JobRunJson; isSmall?: boolean }) => {
  const [, navigate] = useLocation()
  const cancel = useAct(() => cancelJobRun(client, id), { touches: TOUCHES })
  const again = useAct((from: { fromFailure?: true }) => rerunJobRun(client, id, from), { done: 'It runs again.', touches: TOUCHES, onDone: (made) => navigate(`/job-runs/${made.id}`) })
  const size = isSmall ? 'xs' : 'sm'
  const icon = (Icon: typeof IconAgain) => (isSmall ? undefined : <Icon size={16} />)
  if (!isJobRunOver(status))
    return (
      <Button variant="default" size={size} leftSection={icon(IconStop)} loading={cancel.isPending} onClick={() => cancel.mutate(undefined)}>
        Cancel
      </Button>
    )
  const mayGoOn = error !== null
  return (
    <>
      {(!mayGoOn || !isSmall) && (
        <Button variant="default" size={size} leftSection={icon(IconAgain)} loading={again.isPending} onClick={() => again.mutate({})}>
          Run again
        </Button>
      )}
      {mayGoOn && (
        <Button variant={isSmall ? 'default' : 'filled'} size={size} leftSection={icon(IconAgain)} loading={again.isPending} onClick={() => again.mutate({ fromFailure: true })}>
          Go on from there
        </Button>
      )}
    </>
  )
}
