import { ActionIcon, Button, Group, Menu, Tooltip } from '@mantine/core'
import { Check as IconCheck, Link2 as IconLink, RotateCw as IconRefresh, Square as IconPlayerStop } from 'lucide-react'
import { Link } from 'wouter'
import { isFinal } from '../../runner/model/run.ts'
import type { RunJson } from '../../server/wire.ts'
import { client } from '../here.ts'
import { useCopy } from '../use-copy.ts'
import { useCancel, useRerun } from '../use-act-on-run.ts'
import { SplitButton } from './split-button.tsx'

const CopyLink = ({ run }: { run: RunJson }) => {
  const { copied, copy } = useCopy(client.address(`/runs/${run.identifier}`))
  return (
    <Tooltip label={copied ? 'Copied' : 'Copy the link'}>
      <ActionIcon variant="default" size={36} aria-label={copied ? 'Link copied' : 'Copy the link'} onClick={copy}>
        {copied ? <IconCheck size={17} /> : <IconLink size={17} />}
      </ActionIcon>
    </Tooltip>
  )
}

export const RunActions = ({ run }: { run: RunJson }) => {
  const rerun = useRerun(run)
  const cancel = useCancel(run)
  if (!isFinal(run.state))
    return (
      <Group gap="xs">
        <CopyLink run={run} />
        <Button variant="default" leftSection={<IconPlayerStop size={16} />} loading={cancel.isPending} disabled={run.state === 'CANCELLING'} onClick={() => cancel.mutate()}>
          Cancel
        </Button>
      </Group>
    )
  return (
    <Group gap="xs">
      <CopyLink run={run} />
      <SplitButton
        label="Other ways to run again"
        button={
          <Button leftSection={<IconRefresh size={16} />} loading={rerun.isPending} onClick={() => rerun.mutate({})}>
            Run again
          </Button>
        }
      >
        {run.error?.stepId && <Menu.Item onClick={() => rerun.mutate({ fromFailure: true })}>From the step that failed</Menu.Item>}
        {run.error?.stepId && <Menu.Item onClick={() => rerun.mutate({ fromFailure: true, version: 'latest' })}>From the step that failed, with the workflow as it is now</Menu.Item>}
        <Menu.Item onClick={() => rerun.mutate({})}>As it was, version {run.workflowVersion}</Menu.Item>
        <Menu.Item onClick={() => rerun.mutate({ version: 'latest' })}>With the workflow as it is now</Menu.Item>
        <Menu.Item component={Link} href={`/start/${run.workflowIdentifier}?again=${run.identifier}`}>
          With other inputs …
        </Menu.Item>
      </SplitButton>
    </Group>
  )
}
