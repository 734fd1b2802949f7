import { Button } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Cookie as IconSession } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { SessionJson } from '../../server/session-wire.ts'
import { forgetSession, listSessions } from '../api/sessions.ts'
import { Confirm } from '../components/confirm.tsx'
import { Empty } from '../components/empty.tsx'
import { ListPanel } from '../components/list-panel.tsx'
import { ListTable } from '../components/list-table.tsx'
import { PageHead } from '../components/page-head.tsx'
import { StateMark } from '../components/state.tsx'
import { Ago } from '../components/time.tsx'
import { client } from '../here.ts'
import { POLL_MS } from '../queries.ts'
import { useAct } from '../use-act.ts'
import { LIST_SIZE, useListParams } from '../use-list.ts'
import { moment } from '../words.ts'

const STATES: Record<SessionJson['status'], [status: string, words: string]> = {
  empty: ['scheduled', 'Nobody has logged in'],
  logging_in: ['running', 'Logging in'],
  logged_in: ['completed', 'Logged in'],
  expired: ['waiting', 'Expired'],
}

const State = ({ session: { status, failure } }: { session: SessionJson }) => (
  <span className="two-lines">
    <StateMark status={STATES[status][0]}>{STATES[status][1]}</StateMark>
    {failure && <span className="step-error" title={failure.message}>{failure.message}</span>}
  </span>
)

const When = ({ at }: { at: string | null }) => (at === null ? <span className="faint">–</span> : <Ago at={at} />)

export default function Sessions() {
  const { page, change } = useListParams()
  const [forgotten, setForgotten] = useState<string | null>(null)
  const list = useQuery({ queryKey: ['sessions', page], queryFn: () => listSessions(client, { page, limit: LIST_SIZE }), placeholderData: keepPreviousData, refetchInterval: POLL_MS })
  const forget = useAct((name: string) => forgetSession(client, name), { done: 'The session is forgotten.', touches: ['sessions'], onDone: () => setForgotten(null) })
  return (
    <>
      <PageHead title="Sessions" />
      <ListPanel
        what="sessions"
        query={list}
        rowsOf={({ sessions }) => sessions}
        pagination={list.data?.pagination}
        onPage={(next) => change({ page: next })}
        empty={
          <Empty title="There is no session" icon={<IconSession size={28} />}>
            A session is a login that is kept, so that runs need not log in each time. A workflow of the type LOGIN makes one, and so does a SAVE_SESSION step; other workflows begin with it by their settings.
          </Empty>
        }
      >
        {(sessions) => (
          <ListTable
            label="Sessions"
            rows={sessions}
            keyOf={({ name }) => name}
            columns={[
              { name: 'Session', cell: ({ name }) => <span className="cell-main">{name}</span> },
              { name: 'State', width: '22%', cell: (session) => <State session={session} /> },
              { name: 'Logs in', width: '15%', isExtra: true, cell: ({ workflowIdentifier }) => (workflowIdentifier ? <Link href={`/workflows/${workflowIdentifier}`}>{workflowIdentifier}</Link> : <span className="faint">–</span>) },
              { name: 'Saved', width: 110, isRight: true, cell: ({ savedAt }) => <When at={savedAt} /> },
              { name: 'Looked at', width: 110, isRight: true, isExtra: true, cell: ({ lastCheckedAt }) => <When at={lastCheckedAt} /> },
              { name: 'Expires', width: 190, isRight: true, isExtra: true, cell: ({ expiresAt }) => (expiresAt === null ? <span className="faint">–</span> : <time dateTime={expiresAt}>{moment(expiresAt)}</time>) },
              {
                name: 'Actions',
                isNameless: true,
                width: 100,
                isRight: true,
                cell: ({ name }) => (
                  <Button variant="default" size="xs" onClick={() => setForgotten(name)} aria-label={`Forget ${name}`}>
                    Forget
                  </Button>
                ),
              },
            ]}
          />
        )}
      </ListPanel>
      <Confirm title={`Forget ${forgotten ?? ''}?`} opened={forgotten !== null} onClose={() => setForgotten(null)} action="Forget" isBusy={forget.isPending} onConfirm={() => forgotten && forget.mutate(forgotten)}>
        What it holds is thrown away. That of a LOGIN workflow stays in this list: the next run that wants it logs in again.
      </Confirm>
    </>
  )
}
