import { Button, Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { WorkflowJson } from '../../server/wire.ts'
import { selfServeTrigger } from '../../runner/model/node-kind.ts'
import { createHook, deleteHook, getHook } from '../api/workflows.ts'
import { client } from '../here.ts'
import { useAct } from '../use-act.ts'
import { AroundCard } from './around-card.tsx'
import { Confirm } from './confirm.tsx'
import { ShownOnce } from './shown-once.tsx'
import { Ago } from './time.tsx'

/** The address that starts a workflow without an account: whether there is one, and another in its place. */
export const WorkflowHook = ({ workflow }: { workflow: WorkflowJson }) => {
  const { id, title, identifier } = workflow
  const [made, setMade] = useState<string | null>(null)
  const [asked, setAsked] = useState<'rotate' | 'remove' | null>(null)
  const { data: hook } = useQuery({ queryKey: ['hook', id], queryFn: () => getHook(client, id) })
  const make = useAct(() => createHook(client, id), {
    touches: ['hook'],
    onDone: (address) => {
      setAsked(null)
      setMade(address)
    },
  })
  const remove = useAct(() => deleteHook(client, id), { done: 'The address answers no more.', touches: ['hook'], onDone: () => setAsked(null) })
  if (hook === undefined || !selfServeTrigger(workflow)) return null
  return (
    <AroundCard title="Started from elsewhere">
      {hook === null ? (
        <div className="around-offer">
          <Text size="sm" c="dimmed">
            A form, a mail rule or another program can start it by calling an address of its own, without an account.
          </Text>
          <Button variant="default" size="xs" loading={make.isPending} onClick={() => make.mutate(undefined)}>
            Make an address
          </Button>
        </div>
      ) : (
        <div className="around-offer">
          <Text size="sm">
            It has an address, made <Ago at={hook.createdAt} />
            {hook.createdByUserId && ` by ${hook.createdByUserId}`}.
          </Text>
          <Group gap="xs">
            <Button variant="default" size="xs" onClick={() => setAsked('rotate')}>
              Another address
            </Button>
            <Button variant="default" size="xs" onClick={() => setAsked('remove')}>
              Take it away
            </Button>
          </Group>
        </div>
      )}
      <ShownOnce title={`The address that starts ${title ?? identifier}`} value={made} note="Whoever has it can start this workflow, and nothing else: POST its inputs to it as JSON." onClose={() => setMade(null)} />
      <Confirm title="Make another address?" opened={asked === 'rotate'} onClose={() => setAsked(null)} action="Make another" isBusy={make.isPending} onConfirm={() => make.mutate(undefined)}>
        The one that there is starts nothing from then on.
      </Confirm>
      <Confirm title="Take the address away?" opened={asked === 'remove'} onClose={() => setAsked(null)} action="Take it away" isBusy={remove.isPending} onConfirm={() => remove.mutate(undefined)}>
        Whatever calls it starts nothing from then on.
      </Confirm>
    </AroundCard>
  )
}
