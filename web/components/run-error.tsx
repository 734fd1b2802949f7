import { Alert, Button, Code, Group, Text } from '@mantine/core'
import { Ban as IconBan, RotateCw as IconRefresh, TriangleAlert as IconAlertTriangle } from 'lucide-react'
import type { ActivityRunJson, RunJson } from '../../server/wire.ts'
import { useRerun } from '../use-act-on-run.ts'
import { screenshotOf } from '../artifacts-of.ts'
import { Thumbnail } from './thumbnail.tsx'

/** Why a run ended as it did, what the page showed then, and the way on. */
export const RunError = ({ run, activityRuns }: { run: RunJson; activityRuns: ActivityRunJson[] }) => {
  const rerun = useRerun(run)
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
              {error.stepId && (
                <Button size="xs" variant="default" leftSection={<IconRefresh size={14} />} loading={rerun.isPending} onClick={() => rerun.mutate({ fromFailure: true })}>
                  Run again from here
                </Button>
              )}
              <Text size="xs" c="dimmed">
                or open a step in the timeline, and go on from that one
              </Text>
            </Group>
          )}
        </div>
        {screenshot && <Thumbnail artifact={screenshot} label="What the page showed at the failure" />}
      </div>
    </Alert>
  )
}
