import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Suspense } from 'react'
import type { WorkflowJson } from '../../server/wire.ts'
import { getWorkflow, listVersions } from '../api/workflows.ts'
import { Dialog } from '../components/dialog.tsx'
import { Loading } from '../components/loading.tsx'
import { Ago } from '../components/time.tsx'
import { fetched } from '../fetched.tsx'
import { client } from '../here.ts'
import { textOf } from './definition-text.ts'

const TextDiff = fetched(() => import('../components/text-diff.tsx'))

const LOOK_MS = 10_000

/** The latest version of a workflow that is edited, when it is newer than the one that the work began with. The browser asks with the tag of what it has: that is cheap. */
export const useNewer = (seen: { id: string; version: number } | null): WorkflowJson | null => {
  const { data } = useQuery({ queryKey: ['workflow', seen?.id, 'newest'], queryFn: () => getWorkflow(client, seen!.id), enabled: seen !== null, refetchInterval: LOOK_MS, staleTime: 0, retry: false })
  return data && seen && data.version > seen.version ? data : null
}

/** Says in time that somebody else has saved, before anybody tries to. */
export const NewerNotice = ({ newer, isChanged, onLook, onTake }: { newer: WorkflowJson; isChanged: boolean; onLook: () => void; onTake: () => void }) => (
  <Alert variant="outline" color="gray" className="notice" mb="sm" role="status">
    <Group gap="md">
      <Text size="sm">
        Version {newer.version} has been saved <Ago at={newer.updatedAt} />, while you are at this one.
      </Text>
      {isChanged ? (
        <Button variant="default" size="compact-sm" onClick={onLook}>
          See what differs
        </Button>
      ) : (
        <Button variant="default" size="compact-sm" onClick={onTake}>
          Take version {newer.version}
        </Button>
      )}
    </Group>
  </Alert>
)

const Who = ({ theirs }: { theirs: WorkflowJson }) => {
  const { data } = useQuery({ queryKey: ['workflow-versions', theirs.id], queryFn: () => listVersions(client, theirs.id) })
  const found = data?.find(({ version }) => version === theirs.version)
  return (
    <>
      {found?.createdByUserId ?? 'Somebody'} has saved version {theirs.version} <Ago at={found?.createdAt ?? theirs.updatedAt} />
    </>
  )
}

type Props = { theirs: WorkflowJson | null; mine: string; isBusy: boolean; onSave: () => void; onTake: () => void; onClose: () => void }

/** Somebody has saved another version while this one was made: what differs, and what is to become of both. */
export const Overtaken = ({ theirs, mine, isBusy, onSave, onTake, onClose }: Props) => (
  <Dialog opened={theirs !== null} onClose={onClose} title="It has been changed meanwhile" size="80rem">
    {theirs && (
      <Stack gap="md">
        <Text size="sm">
          <Who theirs={theirs} />. This is what yours would change in it:
        </Text>
        <div className="panel overtaken">
          <Suspense fallback={<Loading />}>
            <TextDiff before={{ label: `Version ${theirs.version}`, text: textOf(theirs) }} after={{ label: 'Yours', text: mine }} />
          </Suspense>
        </div>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onTake}>
            Take theirs, drop mine
          </Button>
          <Button variant="default" onClick={onClose}>
            Go on editing
          </Button>
          <Button loading={isBusy} onClick={onSave}>
            Save mine as version {theirs.version + 1}
          </Button>
        </Group>
      </Stack>
    )}
  </Dialog>
)
