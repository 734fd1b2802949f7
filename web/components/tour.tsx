import { Anchor, Button, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Play as IconPlay, Sparkles as IconTour } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { ApiError } from '../api/client.ts'
import { createWorkflow } from '../api/workflows.ts'
import { startRun } from '../api/runs.ts'
import { client } from '../here.ts'
import { tellFailed } from '../tell.ts'
import { tourWorkflow, TOUR } from '../tour-workflow.ts'
import { Empty } from './empty.tsx'

/** Where nothing is there yet: one workflow that runs on any machine, saved and started with a click, to be watched at work. */
export const Tour = () => {
  const [, navigate] = useLocation()
  const queries = useQueryClient()
  const begin = useMutation({
    mutationFn: async () => {
      // Somebody else may have begun the tour a moment ago: that workflow serves as well.
      await createWorkflow(client, tourWorkflow()).catch((error: unknown) => {
        if (!(error instanceof ApiError) || error.status !== 409) throw error
      })
      return startRun(client, { workflowId: TOUR }, {})
    },
    onSuccess: ({ identifier }) => {
      void queries.invalidateQueries({ queryKey: ['workflows'] })
      navigate(`/runs/${identifier}`)
    },
    onError: tellFailed,
  })
  return (
    <Empty title="There is no workflow yet" icon={<IconTour size={28} />}>
      <Stack gap="md" align="center">
        <Text size="sm">
          A workflow is what a person would do in a browser, written down: open a page, read a table, ask somebody, decide, go on. See one at work: it opens a
          small page of invoices in a browser of its own, reads the table, asks you whether to pay, and goes on by your answer.
        </Text>
        <Button leftSection={<IconPlay size={16} />} loading={begin.isPending} onClick={() => begin.mutate()}>
          Take the tour
        </Button>
        <Text size="sm">
          Or <Anchor component={Link} href="/workflows/new" size="sm" underline="always">write one of your own</Anchor>.
        </Text>
      </Stack>
    </Empty>
  )
}
