import { Button, Group, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { RotateCw as IconRefresh, Square as IconPlayerStop } from 'lucide-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { isFinal } from '../../runner/model/run.ts'
import type { RunJson } from '../../server/wire.ts'
import { cancelRuns, rerunRun } from '../api/runs.ts'
import { client } from '../here.ts'

const runsOf = (count: number): string => (count === 1 ? '1 run' : `${count} runs`)

/** What can be done with several runs at once. */
export const BulkBar = ({ runs, onDone }: { runs: RunJson[]; onDone: () => void }) => {
  const queries = useQueryClient()
  const open = runs.filter(({ state }) => !isFinal(state))
  const ended = runs.filter(({ state }) => isFinal(state))
  const done = (text: string, failed: number): void => {
    notifications.show({ message: failed === 0 ? text : `${text}; ${failed} could not be.`, color: failed === 0 ? 'green' : 'red' })
    onDone()
    for (const name of ['runs', 'run-counts']) void queries.invalidateQueries({ queryKey: [name] })
  }
  const onError = (error: Error): void => void notifications.show({ message: error.message, color: 'red' })
  const cancel = useMutation({
    mutationFn: () => cancelRuns(client, open.map(({ id }) => id)),
    onSuccess: ({ outcomes }) => {
      const failed = outcomes.filter(({ status }) => status === 'error' || status === 'not_found').length
      done(`${runsOf(outcomes.length - failed)} cancelled`, failed)
    },
    onError,
  })
  const rerun = useMutation({
    mutationFn: async () => {
      const results: PromiseSettledResult<unknown>[] = []
      for (const { id } of ended) results.push(...(await Promise.allSettled([rerunRun(client, id)])))
      return results
    },
    onSuccess: (results) => {
      const failed = results.filter(({ status }) => status === 'rejected').length
      done(`${runsOf(results.length - failed)} started again`, failed)
    },
    onError,
  })
  return (
    <Group className="bulk-bar" role="toolbar" aria-label="Selected runs" gap="sm">
      <Text size="sm" fw={600}>
        {runsOf(runs.length)} selected
      </Text>
      <Button size="xs" variant="default" leftSection={<IconPlayerStop size={14} />} disabled={open.length === 0} loading={cancel.isPending} onClick={() => cancel.mutate()}>
        Cancel{open.length > 0 && ` ${open.length}`}
      </Button>
      <Button size="xs" variant="default" leftSection={<IconRefresh size={14} />} disabled={ended.length === 0} loading={rerun.isPending} onClick={() => rerun.mutate()}>
        Run again{ended.length > 0 && ` ${ended.length}`}
      </Button>
      <Button size="xs" variant="subtle" color="gray" onClick={onDone}>
        Clear the selection
      </Button>
    </Group>
  )
}
