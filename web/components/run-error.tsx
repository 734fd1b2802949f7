import { Alert, Button, Code, Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Ban as IconBan, Pencil as IconEdit, RotateCw as IconRefresh, TriangleAlert as IconAlertTriangle } from 'lucide-react'
import { Link } from 'wouter'
import type { ActivityRunJson, RunJson } from '../../server/wire.ts'
import { getWorkflow } from '../api/workflows.ts'
import { screenshotOf } from '../artifacts-of.ts'
import { client } from '../here.ts'
import { useRerun } from '../use-act-on-run.ts'
import { Thumbnail } from './thumbnail.tsx'

/** The latest version of the workflow, where that is not the one that ran: it may have been repaired. */
const useNewerVersion = ({ workflowId, workflowVersion }: RunJson): number | null => {
  const { data } = useQuery({ queryKey: ['workflow', workflowId], queryFn: () => getWorkflow(client, workflowId), staleTime: 0, retry: false })
  return data && data.version > workflowVersion ? data.version : null
}

/** Why a run ended as it did, what the page showed then, and the way on. */
export const RunError = ({ run, activityRuns }: { run: RunJson; activityRuns: ActivityRunJson[] }) => {
  const rerun = useRerun(run)
  const newer = useNewerVersion(run)
  const { error } = run
  if (!error) return null
  const isCancelled = run.state === 'CANCELLED'
  const activity = activityRuns.find(({ id }) => id === error.activityRunId)
  const screenshot = activity && screenshotOf(activity)
  return (
    <Alert
      variant="outline"
      color={isCancelled ? 'gray' : 'red'}
      icon={isCancelled ? <IconBan /> : <IconAlertTriangle />}
      title={isCancelled ? 'Cancelled' : activity ? `${activity.stepName ?? activity.stepId} failed` : 'The run failed'}
      mb="lg"
      className={isCancelled ? 'notice' : 'failure'}
    >
      <div className="run-error">
        <div>
          <Text size="sm" className="prewrap">
            {error.message}
          </Text>
          {!isCancelled && (
            <Group gap="xs" mt="sm">
              <Code>{error.code}</Code>
              {error.stepId && newer && (
                <Button size="xs" leftSection={<IconRefresh size={14} />} loading={rerun.isPending} onClick={() => rerun.mutate({ fromFailure: true, version: 'latest' })}>
                  Go on from here with version {newer}
                </Button>
              )}
              {error.stepId && (
                <Button size="xs" variant="default" leftSection={<IconRefresh size={14} />} loading={rerun.isPending} onClick={() => rerun.mutate({ fromFailure: true })}>
                  Run again from here
                </Button>
              )}
              <Button size="xs" variant="default" leftSection={<IconEdit size={14} />} component={Link} href={`/workflows/${run.workflowIdentifier}/edit${error.stepId ? `?step=${encodeURIComponent(error.stepId)}` : ''}`}>
                {error.stepId ? 'Edit this step' : 'Edit the workflow'}
              </Button>
              {error.stepId && (
                <Text size="xs" c="dimmed">
                  or open a step in the timeline, and go on from that one
                </Text>
              )}
            </Group>
          )}
        </div>
        {screenshot && <Thumbnail artifact={screenshot} label="What the page showed at the failure" />}
      </div>
    </Alert>
  )
}
