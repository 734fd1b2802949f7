import { Button, Group, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { RotateCw as IconRefresh, Square as IconPlayerStop } from 'lucide-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { isFinal } from '../../runner/model/run.ts'
import type { RunJson } from '../../server/wire.ts'
import { cancelRuns, rerunRun } from '../api/runs.ts'
import { client } from '../here.ts'
import { tellFailed } from '../tell.ts'
import { MOST, type useSelection } from '../use-selection.ts'

type Selection = ReturnType<typeof useSelection>

const runsOf = (count: number): string => (count === 1 ? '1 run' : `${count} runs`)

type Props = { selection: Selection; /** Those of this page. */ rows: readonly RunJson[]; /** How many the filter finds. */ total: number }

/** What can be done with several runs at once. */
export const BulkBar = ({ selection: { ids, runs, selectAll, clear }, rows, total }: Props) => {
  const queries = useQueryClient()
  const all = useMutation({ mutationFn: selectAll, onError: tellFailed })
  const isPageChosen = rows.every(({ id }) => ids.has(id))
  const open = runs.filter(({ state }) => !isFinal(state))
  const ended = runs.filter(({ state }) => isFinal(state))
  const done = (text: string, failed: number): void => {
    notifications.show({ message: failed === 0 ? text : `${text}; ${failed} could not be.`, color: failed === 0 ? 'green' : 'red' })
    clear()
    for (const name of ['runs', 'run-counts']) void queries.invalidateQueries({ queryKey: [name] })
  }
  const cancel = useMutation({
    mutationFn: () => cancelRuns(client, open.map(({ id }) => id)),
    onSuccess: ({ outcomes }) => {
      const failed = outcomes.filter(({ status }) => status === 'error' || status === 'not_found').length
      done(`${runsOf(outcomes.length - failed)} cancelled`, failed)
    },
    onError: tellFailed,
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
    onError: tellFailed,
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
      {isPageChosen && total > rows.length && ids.size < Math.min(total, MOST) && (
        <Button size="xs" variant="subtle" loading={all.isPending} onClick={() => all.mutate()}>
          Select {total > MOST ? `the newest ${MOST}` : `all ${total}`}
        </Button>
      )}
      <Button size="xs" variant="subtle" color="gray" onClick={clear}>
        Clear the selection
      </Button>
    </Group>
  )
}
