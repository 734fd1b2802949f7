import { ActionIcon, Alert, Button, Group, Menu, Modal, Stack, Text, Tooltip } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ChevronDown as IconMore, Redo2 as IconRedo, Undo2 as IconUndo } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { useLocation, useParams } from 'wouter'
import type { WorkflowJson } from '../../server/wire.ts'
import { createWorkflow, definitionOf, getWorkflow, replaceWorkflow } from '../api/workflows.ts'
import { Failure } from '../components/failure.tsx'
import { Loading } from '../components/loading.tsx'
import { PageHead } from '../components/page-head.tsx'
import { Ago } from '../components/time.tsx'
import { dropDraft, readDraft, useKeptDraft, type Draft } from '../editor/draft.ts'
import { useDefinition } from '../editor/use-definition.ts'
import { useFaults } from '../editor/use-faults.ts'
import { WorkflowEditor } from '../editor/workflow-editor.tsx'
import { client } from '../here.ts'
import { tellDone, tellFailed } from '../tell.ts'

const TextDiff = lazy(() => import('../components/text-diff.tsx'))

const BEGINNING = {
  identifier: 'my_workflow',
  title: 'My workflow',
  nodes: [
    { identifier: 'start', title: 'Start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: {} } } },
    { identifier: 'open', title: 'Open a page', config: { type: 'NAVIGATE', url: 'https://example.com' } },
  ],
  connections: [],
}

const textOf = (definition: unknown): string => `${JSON.stringify(definition, null, 2)}\n`

type Base = { workflow: WorkflowJson | null; version: number; text: string }

/** Somebody has saved another version while this one was made. */
const Overtaken = ({ theirs, mine, isBusy, onSave, onClose }: { theirs: WorkflowJson | null; mine: string; isBusy: boolean; onSave: () => void; onClose: () => void }) => (
  <Modal opened={theirs !== null} onClose={onClose} title="It has been changed meanwhile" size="80rem" closeButtonProps={{ 'aria-label': 'Close' }}>
    {theirs && (
      <Stack gap="md">
        <Text size="sm">
          {theirs.createdByUserId ? `Somebody` : 'Another call'} has saved version {theirs.version} since you began. This is what yours would change in it:
        </Text>
        <div className="panel overtaken">
          <Suspense fallback={<Loading />}>
            <TextDiff before={{ label: `Version ${theirs.version}`, text: textOf(definitionOf(theirs)) }} after={{ label: 'Yours', text: mine }} />
          </Suspense>
        </div>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Go on editing
          </Button>
          <Button loading={isBusy} onClick={onSave}>
            Save mine as version {theirs.version + 1}
          </Button>
        </Group>
      </Stack>
    )}
  </Modal>
)

const Editing = ({ draftKey, base: first, draft }: { draftKey: string; base: Base; draft: Draft | null }) => {
  const [, navigate] = useLocation()
  const queries = useQueryClient()
  const [base, setBase] = useState(first)
  const [restored, setRestored] = useState(draft)
  const [theirs, setTheirs] = useState<WorkflowJson | null>(null)
  const definition = useDefinition(draft?.text ?? first.text)
  const { text, value, isJson, change, undo, redo } = definition
  const checked = useFaults(text, isJson)
  const isChanged = text !== base.text
  const version = restored?.version ?? base.version
  useKeptDraft(draftKey, { text, version, isChanged })

  const save = useMutation({
    mutationFn: async ({ isForced }: { isForced?: boolean; thenRun?: boolean }): Promise<WorkflowJson | null> => {
      const sent = JSON.parse(text) as unknown
      if (!base.workflow) return createWorkflow(client, sent)
      const latest = await getWorkflow(client, base.workflow.id)
      if (latest.version !== version && isForced !== true) {
        setTheirs(latest)
        return null
      }
      return replaceWorkflow(client, base.workflow.id, sent)
    },
    onSuccess: (saved, { thenRun }) => {
      if (!saved) return
      setTheirs(null)
      setRestored(null)
      dropDraft(draftKey)
      for (const name of ['workflows', 'workflow', 'workflow-versions']) void queries.invalidateQueries({ queryKey: [name] })
      tellDone(`Saved as version ${saved.version}.`)
      setBase({ workflow: saved, version: saved.version, text })
      if (thenRun) navigate(`/start/${saved.identifier}`)
      else if (!base.workflow || saved.identifier !== base.workflow.identifier) navigate(`/workflows/${saved.identifier}/edit`, { replace: true })
    },
    onError: tellFailed,
  })
  const canSave = isJson && checked.isCurrent && checked.faults.length === 0
  const discard = (): void => {
    change(JSON.parse(base.text))
    const view = definition.view.current
    view?.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: base.text } })
    setRestored(null)
  }
  const title = [value.title, value.identifier].find((name): name is string => typeof name === 'string' && name !== '') ?? 'New workflow'
  const above = [{ label: 'Workflows', href: '/workflows' }, ...(base.workflow ? [{ label: base.workflow.identifier, href: `/workflows/${base.workflow.identifier}` }] : [])]
  const mark = isChanged ? 'Not saved' : base.workflow ? `Version ${base.version}` : 'New'
  return (
    <>
      <PageHead title={title} above={above} here={base.workflow ? 'Edit' : 'New'} beside={<span className="save-mark" data-changed={isChanged || undefined} role="status">{mark}</span>}>
        <Tooltip label="Undo">
          <ActionIcon variant="default" size={36} aria-label="Undo" onClick={undo}>
            <IconUndo size={17} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Redo">
          <ActionIcon variant="default" size={36} aria-label="Redo" onClick={redo}>
            <IconRedo size={17} />
          </ActionIcon>
        </Tooltip>
        <Button.Group>
          <Button loading={save.isPending} disabled={!canSave || (!isChanged && base.workflow !== null)} onClick={() => save.mutate({})}>
            Save
          </Button>
          <Menu position="bottom-end" withinPortal>
            <Menu.Target>
              <Button px={8} aria-label="More" className="button-more">
                <IconMore size={16} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item disabled={!canSave} onClick={() => (isChanged || !base.workflow ? save.mutate({ thenRun: true }) : navigate(`/start/${base.workflow.identifier}`))}>
                {isChanged || !base.workflow ? 'Save and run' : 'Run'}
              </Menu.Item>
              {base.workflow && <Menu.Item onClick={() => navigate(`/workflows/${base.workflow?.identifier}/versions`)}>Versions</Menu.Item>}
              <Menu.Item disabled={!isChanged} onClick={discard}>
                Discard what is not saved
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Button.Group>
      </PageHead>
      {restored && (
        <Alert variant="outline" color="gray" className="notice" mb="sm" withCloseButton closeButtonLabel="Close" onClose={() => setRestored({ ...restored, at: '' })} hidden={restored.at === ''}>
          <Group gap="md">
            <Text size="sm">
              This is what you had not saved <Ago at={restored.at || new Date().toISOString()} />.{restored.version !== base.version && base.workflow && ` Version ${base.version} has been saved since.`}
            </Text>
            <Button variant="default" size="compact-sm" onClick={discard}>
              Discard it
            </Button>
          </Group>
        </Alert>
      )}
      <WorkflowEditor definition={definition} checked={checked} />
      <Overtaken theirs={theirs} mine={text} isBusy={save.isPending} onSave={() => save.mutate({ isForced: true })} onClose={() => setTheirs(null)} />
    </>
  )
}

const EditExisting = ({ workflowId }: { workflowId: string }) => {
  const { data, error, refetch } = useQuery({ queryKey: ['workflow', workflowId, 'to-edit'], queryFn: () => getWorkflow(client, workflowId), staleTime: Infinity, gcTime: 0, refetchOnMount: 'always', refetchOnWindowFocus: false })
  if (error && !data) return <Failure error={error} what="This workflow cannot be edited." onRetry={() => void refetch()} />
  if (!data) return <Loading what="Loading the workflow" />
  const text = textOf(definitionOf(data))
  const draft = readDraft(data.id)
  return <Editing key={data.id} draftKey={data.id} base={{ workflow: data, version: data.version, text }} draft={draft?.text === text ? null : draft} />
}

export default function EditWorkflow() {
  const { workflowId } = useParams<{ workflowId?: string }>()
  if (workflowId) return <EditExisting workflowId={workflowId} />
  return <Editing draftKey="new" base={{ workflow: null, version: 0, text: textOf(BEGINNING) }} draft={readDraft('new')} />
}
