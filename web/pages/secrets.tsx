import { Button, PasswordInput, TextInput } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { LockKeyhole as IconSecret, Plus as IconPlus } from 'lucide-react'
import { useState } from 'react'
import { faultsOf } from '../api/client.ts'
import { deleteSecret, listSecrets, putSecret } from '../api/secrets.ts'
import { Confirm } from '../components/confirm.tsx'
import { Empty } from '../components/empty.tsx'
import { FormModal } from '../components/form-modal.tsx'
import { ListPanel } from '../components/list-panel.tsx'
import { ListTable } from '../components/list-table.tsx'
import { PageHead } from '../components/page-head.tsx'
import { Ago } from '../components/time.tsx'
import { Who } from '../components/who.tsx'
import { client } from '../here.ts'
import { useAct } from '../use-act.ts'
import { LIST_SIZE, useListParams } from '../use-list.ts'

/** @param given the name of one that gets another value; '' for a new one */
const SecretForm = ({ given, onClose }: { given: string; onClose: () => void }) => {
  const [name, setName] = useState(given)
  const [value, setValue] = useState('')
  const put = useAct(() => putSecret(client, name.trim(), value), { done: 'The secret is stored.', touches: ['secrets'], onDone: onClose, isInForm: true })
  const fault = (path: string) => faultsOf(put.error).find((found) => found.path === path)?.message
  return (
    <FormModal title={given ? `Another value for ${given}` : 'Store a secret'} opened onClose={onClose} submit="Store" isBusy={put.isPending} error={put.error} placed={['name', 'value']} onSubmit={() => put.mutate(undefined)}>
      {!given && <TextInput label="Name" description={<>Workflows write <code>{'{{ .secrets.'}{name.trim() || 'NAME'}{' }}'}</code>.</>} value={name} onChange={({ currentTarget }) => setName(currentTarget.value)} error={fault('name')} required data-autofocus autoComplete="off" />}
      <PasswordInput label="Value" description="It cannot be read again, by anybody." value={value} onChange={({ currentTarget }) => setValue(currentTarget.value)} error={fault('value')} required autoComplete="new-password" data-autofocus={given ? true : undefined} />
    </FormModal>
  )
}

export default function Secrets() {
  const { page, change } = useListParams()
  const [edited, setEdited] = useState<string | null>(null)
  const [removed, setRemoved] = useState<string | null>(null)
  const list = useQuery({ queryKey: ['secrets', page], queryFn: () => listSecrets(client, { page, limit: LIST_SIZE }), placeholderData: keepPreviousData })
  const remove = useAct((name: string) => deleteSecret(client, name), { done: 'The secret is deleted.', touches: ['secrets'], onDone: () => setRemoved(null) })
  return (
    <>
      <PageHead title="Secrets">
        <Button leftSection={<IconPlus size={16} />} onClick={() => setEdited('')}>
          Store a secret
        </Button>
      </PageHead>
      <ListPanel
        what="secrets"
        query={list}
        rowsOf={({ secrets }) => secrets}
        pagination={list.data?.pagination}
        onPage={(next) => change({ page: next })}
        empty={
          <Empty title="There is no secret" icon={<IconSecret size={28} />}>
            Passwords and keys that workflows need are kept here, encrypted. Workflows name them; nobody reads them, and they are blacked out wherever they would show.
          </Empty>
        }
      >
        {(secrets) => (
          <ListTable
            label="Secrets"
            rows={secrets}
            keyOf={({ name }) => name}
            columns={[
              { name: 'Name', cell: ({ name }) => <span className="cell-main mono">{name}</span> },
              { name: 'Changed by', width: 170, isExtra: true, cell: ({ updatedByUserId }) => <Who userId={updatedByUserId} /> },
              { name: 'Changed', width: 130, isRight: true, cell: ({ updatedAt }) => <Ago at={updatedAt} /> },
              {
                name: 'Actions',
                isNameless: true,
                width: 220,
                isRight: true,
                cell: ({ name }) => (
                  <span className="row-actions">
                    <Button variant="default" size="xs" onClick={() => setEdited(name)} aria-label={`Change ${name}`}>
                      Change
                    </Button>
                    <Button variant="default" size="xs" onClick={() => setRemoved(name)} aria-label={`Delete ${name}`}>
                      Delete
                    </Button>
                  </span>
                ),
              },
            ]}
          />
        )}
      </ListPanel>
      {edited !== null && <SecretForm given={edited} onClose={() => setEdited(null)} />}
      <Confirm title={`Delete ${removed ?? ''}?`} opened={removed !== null} onClose={() => setRemoved(null)} action="Delete" isBusy={remove.isPending} onConfirm={() => removed && remove.mutate(removed)}>
        Runs whose workflow names it fail from then on.
      </Confirm>
    </>
  )
}
