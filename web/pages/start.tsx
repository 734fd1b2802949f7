import { Card, Select, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useLocation, useParams } from 'wouter'
import { isTrigger } from '../../runner/model/node-kind.ts'
import type { UserInputs } from '../../runner/model/user-inputs.ts'
import type { WorkflowJson } from '../../server/wire.ts'
import type { Files } from '../api/client.ts'
import { startRun } from '../api/runs.ts'
import { listWorkflows } from '../api/workflows.ts'
import { Empty } from '../components/empty.tsx'
import { Failure } from '../components/failure.tsx'
import { FirstSteps } from '../components/first-steps.tsx'
import { InputForm, type FormButton } from '../components/input-form.tsx'
import { Loading } from '../components/loading.tsx'
import { client } from '../here.ts'
import type { FormValues } from '../input-values.ts'

const START: FormButton[] = [{ identifier: 'start', label: 'Start' }]
const NOTHING: UserInputs = { properties: {} }

const selfServe = ({ nodes }: WorkflowJson) => nodes.find(({ config }) => config.type === 'SELF_SERVE_TRIGGER')

const StartForm = ({ workflow }: { workflow: WorkflowJson }) => {
  const [, navigate] = useLocation()
  const start = useMutation({
    mutationFn: ({ values, files }: { values: FormValues; files: Files }) => startRun(client, workflow.identifier, values, files),
    onSuccess: ({ identifier }) => navigate(`/runs/${identifier}`),
  })
  const trigger = selfServe(workflow)
  if (!trigger && workflow.nodes.some(isTrigger))
    return (
      <Text size="sm" c="dimmed">
        This workflow is started by its own triggers, not by people.
      </Text>
    )
  const inputs = (trigger?.config.userInputs as UserInputs | undefined) ?? NOTHING
  return (
    <>
      {workflow.description && (
        <Text size="sm" c="dimmed" mb="md">
          {workflow.description}
        </Text>
      )}
      <InputForm inputs={{ ...inputs, properties: inputs.properties ?? {} }} buttons={START} isBusy={start.isPending} error={start.error} onSubmit={(values, files) => start.mutate({ values, files })} />
    </>
  )
}

export default function Start() {
  const { workflowId } = useParams<{ workflowId?: string }>()
  const [, navigate] = useLocation()
  const { data, error, isPending, refetch } = useQuery({ queryKey: ['workflows', 'all'], queryFn: () => listWorkflows(client, { limit: 100 }), staleTime: 30_000 })
  if (error) return <Failure error={error} what="The workflows could not be read." onRetry={() => void refetch()} />
  if (isPending) return <Loading />
  if (data.workflows.length === 0) return <FirstSteps />
  const chosen = data.workflows.find(({ id, identifier }) => id === workflowId || identifier === workflowId)
  return (
    <Stack maw={640} gap="md">
      <Title order={1} size="h2">
        Start a run
      </Title>
      <Select
        label="Workflow"
        placeholder="Choose a workflow"
        data={data.workflows.map(({ identifier, title }) => ({ value: identifier, label: title ?? identifier }))}
        value={chosen?.identifier ?? null}
        onChange={(identifier) => identifier && navigate(`/start/${identifier}`)}
        searchable
        allowDeselect={false}
        nothingFoundMessage="No such workflow"
      />
      {chosen && (
        <Card padding="lg">
          <StartForm key={chosen.id} workflow={chosen} />
        </Card>
      )}
      {workflowId && !chosen && <Empty title="There is no such workflow">It may have been deleted. Choose another.</Empty>}
    </Stack>
  )
}
