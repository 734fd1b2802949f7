import { Anchor, Card, Select, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useLocation, useParams, useSearchParams } from 'wouter'
import { isPublished, selfServeTriggers, whyNoCallStarts } from '../../runner/model/node-kind.ts'
import type { UserInputs } from '../../runner/model/user-inputs.ts'
import type { Node } from '../../runner/model/workflow.ts'
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

/** A run whose inputs are taken over, and the trigger that it was started by. */
type Before = { run: RunJson; trigger: string | undefined }

/** What it may be started by: of a run that is repeated, what that was started by. */
const triggersFor = (workflow: WorkflowJson, before?: Before): Node[] => {
  const all = selfServeTriggers(workflow)
  const own = before && all.filter(({ identifier }) => identifier === before.trigger)
  return own && own.length > 0 ? own : all.filter(isPublished)
}

const asksSecrets = (workflow: WorkflowJson, before: Before): boolean =>
  Object.values((triggersFor(workflow, before)[0]?.config.userInputs as UserInputs | undefined)?.properties ?? {}).some((property) => property.type === 'string' && (property.format === 'password' || property.format === 'otp'))

const StartForm = ({ workflow, before }: { workflow: WorkflowJson; before: Before | undefined }) => {
  const [, navigate] = useLocation()
  const [named, setNamed] = useState<string | null>(null)
  const triggers = triggersFor(workflow, before)
  const trigger = triggers.find(({ identifier }) => identifier === named) ?? triggers[0]
  const start = useMutation({
    mutationFn: ({ values, files }: { values: FormValues; files: Files }) =>
      before ? rerunRun(client, before.run.id, { version: 'latest', inputs: values }, files) : startRun(client, { workflowId: workflow.identifier, ...(named && { trigger: named }) }, values, files),
    onSuccess: ({ identifier }) => navigate(`/runs/${identifier}`),
  })
  if (!trigger)
    return (
      <Text size="sm" c="dimmed">
        This workflow {whyNoCallStarts(workflow)}.
      </Text>
    )
  const asked = (trigger.config.userInputs as UserInputs | undefined) ?? NOTHING
  const inputs = { ...asked, properties: asked.properties ?? {} }
  return (
    <>
      {workflow.description && (
        <Text size="sm" c="dimmed" mb="md">
          {workflow.description}
        </Text>
      )}
      {triggers.length > 1 && (
        <Select
          label="Started by"
          mb="md"
          data={triggers.map(({ identifier, title }) => ({ value: identifier, label: title ?? identifier }))}
          value={trigger.identifier}
          onChange={setNamed}
          allowDeselect={false}
        />
      )}
      <InputForm key={trigger.identifier} inputs={inputs} given={before && valuesOfRun(before.run, inputs)} buttons={START} isBusy={start.isPending} error={start.error} onSubmit={(values, files) => start.mutate({ values, files })} />
    </>
  )
}

/** The run whose inputs are taken over: `?again=wfr_…`. */
const useBefore = () => {
  const runId = useSearchParams()[0].get('again')
  const query = useQuery({
    queryKey: ['run-inputs', runId],
    queryFn: async ({ signal }): Promise<Before> => {
      const { workflowRun, activityRuns } = await getRun(client, runId!, signal)
      return { run: workflowRun, trigger: activityRuns.find(({ kind }) => kind === 'trigger')?.stepId }
    },
    enabled: runId !== null,
    staleTime: Infinity,
  })
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
  const isAgain = before.data !== undefined && before.data.run.workflowId === chosen?.id
  return (
    <Stack maw={640} gap="md">
      <div>
        <Title order={1} size="h2">
          {isAgain ? 'Run again with other inputs' : 'Start a run'}
        </Title>
        {isAgain && (
          <Text size="sm" c="dimmed" mt={4}>
            {chosen.title ?? chosen.identifier}, with the inputs of{' '}
            <Anchor component={Link} href={`/runs/${before.data.run.identifier}`} size="sm" className="mono">
              {shortId(before.data.run.id)}
            </Anchor>
            {' '}and the workflow as it is now.{asksSecrets(chosen, before.data) && ' Passwords and codes have to be given once more.'}
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
