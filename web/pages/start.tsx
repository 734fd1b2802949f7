import { Anchor, Card, Select, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useLocation, useParams, useSearchParams } from 'wouter'
import { isTrigger } from '../../runner/model/node-kind.ts'
import type { UserInputs } from '../../runner/model/user-inputs.ts'
import type { RunJson, WorkflowJson } from '../../server/wire.ts'
import { valuesOfRun } from '../again.ts'
import type { Files } from '../api/client.ts'
import { getRun, rerunRun, startRun } from '../api/runs.ts'
import { listWorkflows } from '../api/workflows.ts'
import { Empty } from '../components/empty.tsx'
import { Failure } from '../components/failure.tsx'
import { FirstSteps } from '../components/first-steps.tsx'
import { InputForm, type FormButton } from '../components/input-form.tsx'
import { Loading } from '../components/loading.tsx'
import { client } from '../here.ts'
import type { FormValues } from '../input-values.ts'
import { shortId } from '../words.ts'

const START: FormButton[] = [{ identifier: 'start', label: 'Start' }]
const NOTHING: UserInputs = { properties: {} }

const selfServe = ({ nodes }: WorkflowJson) => nodes.find(({ config }) => config.type === 'SELF_SERVE_TRIGGER')

const asksSecrets = (workflow: WorkflowJson): boolean =>
  Object.values((selfServe(workflow)?.config.userInputs as UserInputs | undefined)?.properties ?? {}).some((property) => property.type === 'string' && (property.format === 'password' || property.format === 'otp'))

/** @param before the run whose inputs are taken over, and whose repetition this is */
const StartForm = ({ workflow, before }: { workflow: WorkflowJson; before: RunJson | undefined }) => {
  const [, navigate] = useLocation()
  const start = useMutation({
    mutationFn: ({ values, files }: { values: FormValues; files: Files }) =>
      before ? rerunRun(client, before.id, { version: 'latest', inputs: values }, files) : startRun(client, workflow.identifier, values, files),
    onSuccess: ({ identifier }) => navigate(`/runs/${identifier}`),
  })
  const trigger = selfServe(workflow)
  if (!trigger && workflow.nodes.some(isTrigger))
    return (
      <Text size="sm" c="dimmed">
        This workflow is started by its own triggers, not by people.
      </Text>
    )
  const asked = (trigger?.config.userInputs as UserInputs | undefined) ?? NOTHING
  const inputs = { ...asked, properties: asked.properties ?? {} }
  return (
    <>
      {workflow.description && (
        <Text size="sm" c="dimmed" mb="md">
          {workflow.description}
        </Text>
      )}
      <InputForm inputs={inputs} given={before && valuesOfRun(before, inputs)} buttons={START} isBusy={start.isPending} error={start.error} onSubmit={(values, files) => start.mutate({ values, files })} />
    </>
  )
}

/** The run whose inputs are taken over: `?again=wfr_…`. */
const useBefore = () => {
  const runId = useSearchParams()[0].get('again')
  const query = useQuery({ queryKey: ['run-inputs', runId], queryFn: async ({ signal }) => (await getRun(client, runId!, signal)).workflowRun, enabled: runId !== null, staleTime: Infinity })
  return { ...query, isAsked: runId !== null }
}

export default function Start() {
  const { workflowId } = useParams<{ workflowId?: string }>()
  const [, navigate] = useLocation()
  const before = useBefore()
  const { data, error, isPending, refetch } = useQuery({ queryKey: ['workflows', 'all'], queryFn: () => listWorkflows(client, { limit: 100 }), staleTime: 30_000 })
  if (error) return <Failure error={error} what="The workflows could not be read." onRetry={() => void refetch()} />
  if (before.error) return <Failure error={before.error} what="The run whose inputs were to be taken over could not be read." onRetry={() => void before.refetch()} />
  if (isPending || (before.isAsked && before.isPending)) return <Loading />
  if (data.workflows.length === 0) return <FirstSteps />
  const chosen = data.workflows.find(({ id, identifier }) => id === workflowId || identifier === workflowId)
  const isAgain = before.data !== undefined && before.data.workflowId === chosen?.id
  return (
    <Stack maw={640} gap="md">
      <div>
        <Title order={1} size="h2">
          {isAgain ? 'Run again with other inputs' : 'Start a run'}
        </Title>
        {isAgain && (
          <Text size="sm" c="dimmed" mt={4}>
            {chosen.title ?? chosen.identifier}, with the inputs of{' '}
            <Anchor component={Link} href={`/runs/${before.data.identifier}`} size="sm" className="mono">
              {shortId(before.data.id)}
            </Anchor>
            {' '}and the workflow as it is now.{asksSecrets(chosen) && ' Passwords and codes have to be given once more.'}
          </Text>
        )}
      </div>
      {!isAgain && (
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
      )}
      {chosen && (
        <Card padding="lg">
          <StartForm key={`${chosen.id} ${isAgain}`} workflow={chosen} before={isAgain ? before.data : undefined} />
        </Card>
      )}
      {workflowId && !chosen && <Empty title="There is no such workflow">It may have been deleted. Choose another.</Empty>}
    </Stack>
  )
}
