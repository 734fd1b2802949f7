import { ActionIcon, Alert, Button, Group, Menu, Text, Tooltip } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Redo2 as IconRedo, Undo2 as IconUndo } from 'lucide-react'
import { useState } from 'react'
import { useLocation, useParams } from 'wouter'
import type { WorkflowJson } from '../../server/wire.ts'
import { ApiError } from '../api/client.ts'
import { createWorkflow, getWorkflow, replaceWorkflow } from '../api/workflows.ts'
import { Failure } from '../components/failure.tsx'
import { Loading } from '../components/loading.tsx'
import { PageHead } from '../components/page-head.tsx'
import { SplitButton } from '../components/split-button.tsx'
import { Ago } from '../components/time.tsx'
import { textOf, writtenOut } from '../editor/definition-text.ts'
import { dropDraft, readDraft, useKeptDraft, type Draft } from '../editor/draft.ts'
import { NewerNotice, Overtaken, useNewer } from '../editor/overtaken.tsx'
import { useDefinition } from '../editor/use-definition.ts'
import { useFaults } from '../editor/use-faults.ts'
import { WorkflowEditor } from '../editor/workflow-editor.tsx'
import { client } from '../here.ts'
import { tellDone, tellFailed } from '../tell.ts'

const BEGINNING = {
  identifier: 'my_workflow',
  title: 'My workflow',
  nodes: [
    { identifier: 'start', title: 'Start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: {} } } },
    { identifier: 'open', title: 'Open a page', config: { type: 'NAVIGATE', url: 'https://example.com' } },
  ],
  connections: [],
}

type Base = { workflow: WorkflowJson | null; version: number; text: string }

const baseOf = (workflow: WorkflowJson, text = textOf(workflow)): Base => ({ workflow, version: workflow.version, text })

const Editing = ({ draftKey, base: first, draft }: { draftKey: string; base: Base; draft: Draft | null }) => {
  const [, navigate] = useLocation()
  const queries = useQueryClient()
  const [base, setBase] = useState(first)
  const [restored, setRestored] = useState(draft)
  const [theirs, setTheirs] = useState<WorkflowJson | null>(null)
  const definition = useDefinition(draft?.text ?? first.text)
  const { text, value, isJson } = definition
  const checked = useFaults(text, isJson, base.workflow?.id)
  const isChanged = text !== base.text
  const version = restored?.version ?? base.version
  const seen = base.workflow && { id: base.workflow.id, version }
  const newer = useNewer(seen)
  useKeptDraft(draftKey, { text, version, isChanged })

  const save = useMutation({
    /** @param on the version that it is to follow */
    mutationFn: ({ on }: { on?: number; thenRun?: boolean }): Promise<WorkflowJson> => {
      const sent = JSON.parse(text) as unknown
      return seen ? replaceWorkflow(client, { ...seen, version: on ?? version }, sent) : createWorkflow(client, sent)
    },
    onSuccess: (saved, { thenRun }) => {
      setTheirs(null)
      setRestored(null)
      dropDraft(draftKey)
      for (const name of ['workflows', 'workflow', 'workflow-versions']) void queries.invalidateQueries({ queryKey: [name] })
      tellDone(`Saved as version ${saved.version}.`)
      setBase(baseOf(saved, text))
      if (thenRun) navigate(`/start/${saved.identifier}`)
      else if (!base.workflow || saved.identifier !== base.workflow.identifier) navigate(`/workflows/${saved.identifier}/edit`, { replace: true })
    },
    onError: async (error) => {
      // Somebody was faster: nothing is lost, and both are shown.
      if (seen && error instanceof ApiError && error.status === 412) await getWorkflow(client, seen.id).then(setTheirs, tellFailed)
      else tellFailed(error)
    },
  })
  const canSave = isJson && checked.isCurrent && checked.faults.length === 0
  const begin = (anew: Base): void => {
    definition.replace(anew.text)
    setBase(anew)
    setRestored(null)
    setTheirs(null)
  }
  const title = [value.title, value.identifier].find((name): name is string => typeof name === 'string' && name !== '') ?? 'New workflow'
  const above = [{ label: 'Workflows', href: '/workflows' }, ...(base.workflow ? [{ label: base.workflow.identifier, href: `/workflows/${base.workflow.identifier}` }] : [])]
  const mark = isChanged ? 'Not saved' : base.workflow ? `Version ${base.version}` : 'New'
  return (
    <>
      <PageHead title={title} above={above} here={base.workflow ? 'Edit' : 'New'} beside={<span className="save-mark" data-changed={isChanged || undefined} role="status">{mark}</span>}>
        <Tooltip label="Undo">
          <ActionIcon variant="default" size={36} aria-label="Undo" onClick={definition.undo}>
            <IconUndo size={17} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Redo">
          <ActionIcon variant="default" size={36} aria-label="Redo" onClick={definition.redo}>
            <IconRedo size={17} />
          </ActionIcon>
        </Tooltip>
        <SplitButton
          label="More"
          button={
            <Button loading={save.isPending} disabled={!canSave || (!isChanged && base.workflow !== null)} onClick={() => save.mutate({})}>
              Save
            </Button>
          }
        >
          <Menu.Item disabled={!canSave} onClick={() => (isChanged || !base.workflow ? save.mutate({ thenRun: true }) : navigate(`/start/${base.workflow.identifier}`))}>
            {isChanged || !base.workflow ? 'Save and run' : 'Run'}
          </Menu.Item>
          {base.workflow && <Menu.Item onClick={() => navigate(`/workflows/${base.workflow?.identifier}/versions`)}>Versions</Menu.Item>}
          <Menu.Item disabled={!isChanged} onClick={() => begin(base)}>
            Discard what is not saved
          </Menu.Item>
        </SplitButton>
      </PageHead>
      {restored && restored.at !== '' && (
        <Alert variant="outline" color="gray" className="notice" mb="sm" withCloseButton closeButtonLabel="Close" onClose={() => setRestored({ ...restored, at: '' })}>
          <Group gap="md">
            <Text size="sm">
              This is what you had not saved <Ago at={restored.at} />.
            </Text>
            <Button variant="default" size="compact-sm" onClick={() => begin(base)}>
              Discard it
            </Button>
          </Group>
        </Alert>
      )}
      {newer && <NewerNotice newer={newer} isChanged={isChanged} onLook={() => setTheirs(newer)} onTake={() => begin(baseOf(newer))} />}
      <WorkflowEditor definition={definition} checked={checked} />
      <Overtaken theirs={theirs} mine={text} isBusy={save.isPending} onSave={() => theirs && save.mutate({ on: theirs.version })} onTake={() => theirs && begin(baseOf(theirs))} onClose={() => setTheirs(null)} />
    </>
  )
}

const EditExisting = ({ workflowId }: { workflowId: string }) => {
  const { data, error, refetch } = useQuery({ queryKey: ['workflow', workflowId, 'to-edit'], queryFn: () => getWorkflow(client, workflowId), staleTime: Infinity, gcTime: 0, refetchOnMount: 'always', refetchOnWindowFocus: false })
  if (error && !data) return <Failure error={error} what="This workflow cannot be edited." onRetry={() => void refetch()} />
  if (!data) return <Loading what="Loading the workflow" />
  const base = baseOf(data)
  const draft = readDraft(data.id)
  return <Editing key={data.id} draftKey={data.id} base={base} draft={draft?.text === base.text ? null : draft} />
}

export default function EditWorkflow() {
  const { workflowId } = useParams<{ workflowId?: string }>()
  if (workflowId) return <EditExisting workflowId={workflowId} />
  return <Editing draftKey="new" base={{ workflow: null, version: 0, text: writtenOut(BEGINNING) }} draft={readDraft('new')} />
}
