import { Button, Checkbox, Select, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound as IconKey, Plus as IconPlus } from 'lucide-react'
import { useState } from 'react'
import type { ApiKeyJson } from '../../server/api-key-wire.ts'
import { faultsOf } from '../api/client.ts'
import { createApiKey, listApiKeys, revokeApiKey } from '../api/keys.ts'
import { Confirm } from '../components/confirm.tsx'
import { Empty } from '../components/empty.tsx'
import { FormModal } from '../components/form-modal.tsx'
import { ListPanel } from '../components/list-panel.tsx'
import { ListTable } from '../components/list-table.tsx'
import { PageHead } from '../components/page-head.tsx'
import { ShownOnce } from '../components/shown-once.tsx'
import { StateMark } from '../components/state.tsx'
import { Ago } from '../components/time.tsx'
import { client } from '../here.ts'
import { tellDone, tellFailed } from '../tell.ts'
import { day } from '../words.ts'

const ROLES = [
  { value: 'viewer', label: 'Viewer' },
  { value: 'member', label: 'Member' },
  { value: 'admin', label: 'Admin' },
]
const MAY: Record<ApiKeyJson['role'], string> = { viewer: 'Reads.', member: 'Also saves workflows, starts, answers and cancels.', admin: 'Does everything.' }
const DAY_MS = 86_400_000
const VALID = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'A year' },
  { value: '', label: 'Until it is revoked' },
]

const NewKey = ({ opened, onClose, onMade }: { opened: boolean; onClose: () => void; onMade: (key: string) => void }) => {
  const [name, setName] = useState('')
  const [role, setRole] = useState<ApiKeyJson['role']>('member')
  const [isMachine, setMachine] = useState(false)
  const [person, setPerson] = useState('')
  const [days, setDays] = useState('90')
  const isForMachine = isMachine && role !== 'viewer'
  const queries = useQueryClient()
  const create = useMutation({
    mutationFn: () => createApiKey(client, { role, isMachine: isForMachine, ...(name.trim() && { name }), ...(person.trim() && !isForMachine && { person }), ...(days && { expiresAt: new Date(Date.now() + Number(days) * DAY_MS).toISOString() }) }),
    onSuccess: ({ key }) => {
      void queries.invalidateQueries({ queryKey: ['api-keys'] })
      setName('')
      setPerson('')
      onMade(key)
    },
  })
  const fault = (path: string) => faultsOf(create.error).find((found) => found.path === path)?.message
  return (
    <FormModal title="Make an API key" opened={opened} onClose={onClose} submit="Make the key" isBusy={create.isPending} error={create.error} placed={['name', 'role', 'person']} onSubmit={() => create.mutate()}>
      <TextInput label="Name" description="What uses it, so that it is known later." placeholder="Nightly export" value={name} onChange={({ currentTarget }) => setName(currentTarget.value)} error={fault('name')} data-autofocus />
      <Select label="Role" description={MAY[role]} data={ROLES} value={role} onChange={(value) => setRole((value ?? 'member') as ApiKeyJson['role'])} allowDeselect={false} error={fault('role')} />
      <Checkbox label="For a machine" description="It may also report on steps that it does itself." checked={isForMachine} disabled={role === 'viewer'} onChange={({ currentTarget }) => setMachine(currentTarget.checked)} />
      {!isForMachine && <TextInput label="Whom it is for" description="As their tokens call them. Answers given with it are theirs, and count where several people must answer." placeholder="anna.weber" value={person} onChange={({ currentTarget }) => setPerson(currentTarget.value)} error={fault('person')} />}
      <Select label="Valid for" data={VALID} value={days} onChange={(value) => setDays(value ?? '')} allowDeselect={false} />
    </FormModal>
  )
}

const isLive = ({ revokedAt, expiresAt }: ApiKeyJson): boolean => revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > Date.now())

const KeyState = ({ apiKey }: { apiKey: ApiKeyJson }) => {
  if (apiKey.revokedAt !== null) return <StateMark status="cancelled">{`Revoked ${day(apiKey.revokedAt)}`}</StateMark>
  if (apiKey.expiresAt === null) return <StateMark status="completed">Valid</StateMark>
  return isLive(apiKey) ? <StateMark status="completed">{`Valid until ${day(apiKey.expiresAt)}`}</StateMark> : <StateMark status="failed">{`Expired ${day(apiKey.expiresAt)}`}</StateMark>
}

export default function Keys() {
  const queries = useQueryClient()
  const [isMaking, setMaking] = useState(false)
  const [made, setMade] = useState<string | null>(null)
  const [revoked, setRevoked] = useState<ApiKeyJson | null>(null)
  const list = useQuery({ queryKey: ['api-keys'], queryFn: () => listApiKeys(client) })
  const revoke = useMutation({
    mutationFn: ({ id }: ApiKeyJson) => revokeApiKey(client, id),
    onSuccess: () => {
      tellDone('The key is revoked.')
      setRevoked(null)
      void queries.invalidateQueries({ queryKey: ['api-keys'] })
    },
    onError: tellFailed,
  })
  const make = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
      Make a key
    </Button>
  )
  return (
    <>
      <PageHead title="API keys">{make}</PageHead>
      <ListPanel
        what="keys"
        query={list}
        rowsOf={(keys) => keys}
        empty={
          <Empty title="There is no API key" icon={<IconKey size={28} />}>
            Programs on other machines, and people without an account, call Errand with one. It can do what its role may do, and can be revoked at any time.
          </Empty>
        }
      >
        {(keys) => (
          <ListTable
            label="API keys"
            rows={keys}
            keyOf={({ id }) => id}
            columns={[
              { name: 'Name', cell: ({ name, id }) => <span className="cell-main">{name ?? <span className="mono faint">{id.slice(-12)}</span>}</span> },
              {
                name: 'Role',
                width: 190,
                cell: ({ role, isMachine, person }) => (
                  <>
                    {role} {person && <span className="faint" title={person}>for {person}</span>} {isMachine && <span className="chip">machine</span>}
                  </>
                ),
              },
              { name: 'State', width: 240, cell: (apiKey) => <KeyState apiKey={apiKey} /> },
              { name: 'Made', width: 130, isRight: true, cell: ({ createdAt }) => <Ago at={createdAt} /> },
              {
                name: 'Actions',
                isNameless: true,
                width: 110,
                isRight: true,
                cell: (apiKey) =>
                  isLive(apiKey) && (
                    <Button variant="default" size="xs" onClick={() => setRevoked(apiKey)} aria-label={`Revoke ${apiKey.name ?? apiKey.id}`}>
                      Revoke
                    </Button>
                  ),
              },
            ]}
          />
        )}
      </ListPanel>
      <NewKey
        opened={isMaking}
        onClose={() => setMaking(false)}
        onMade={(key) => {
          setMaking(false)
          setMade(key)
        }}
      />
      <ShownOnce title="The new API key" value={made} note="Keep it where only the program that uses it can read it." onClose={() => setMade(null)} />
      <Confirm title="Revoke this key?" opened={revoked !== null} onClose={() => setRevoked(null)} action="Revoke" isBusy={revoke.isPending} onConfirm={() => revoked && revoke.mutate(revoked)}>
        Whatever calls with {revoked?.name ? <b>{revoked.name}</b> : 'it'} is refused from then on. A revoked key does not come back.
      </Confirm>
    </>
  )
}
