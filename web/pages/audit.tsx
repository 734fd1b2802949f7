import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ScrollText as IconAudit } from 'lucide-react'
import { Link } from 'wouter'
import type { AuditEntryJson } from '../../server/wire.ts'
import { listAudit } from '../api/audit.ts'
import { Empty } from '../components/empty.tsx'
import { ListPanel } from '../components/list-panel.tsx'
import { ListTable } from '../components/list-table.tsx'
import { PageHead } from '../components/page-head.tsx'
import { SearchField } from '../components/search-field.tsx'
import { StateMark } from '../components/state.tsx'
import { Who } from '../components/who.tsx'
import { client } from '../here.ts'
import { LIST_SIZE, useListParams } from '../use-list.ts'
import { moment } from '../words.ts'

const ACTORS: Record<string, string> = { user: 'User', key: 'API key', internal: 'Trusted network', hook: 'Hook', link: 'Somebody with a link' }

const Actor = ({ entry: { actorKind, actorId, address } }: { entry: AuditEntryJson }) => (
  <span className="two-lines">
    <span>
      <span title={actorId ?? undefined}>{ACTORS[actorKind] ?? actorKind}</span> {actorId && actorKind !== 'hook' && actorKind !== 'link' && <Who userId={actorId} />}
    </span>
    {address && <span className="faint">{address}</span>}
  </span>
)

/** Things that have a page. */
const PAGES: Record<string, string> = { workflow_run: '/runs', workflow: '/workflows', job: '/jobs', job_run: '/job-runs', webhook: '/webhooks' }

const Target = ({ type, id }: { type: string | null; id: string }) => {
  const page = PAGES[type ?? '']
  return page ? (
    <Link href={`${page}/${encodeURIComponent(id)}`} className="mono">
      {id}
    </Link>
  ) : (
    <span className="faint mono">{id}</span>
  )
}

const Outcome = ({ status }: { status: number }) => <StateMark status={status < 400 ? 'completed' : 'failed'}>{status < 400 ? 'Done' : `Refused (${status})`}</StateMark>

export default function Audit() {
  const { search, page, change } = useListParams()
  const list = useQuery({ queryKey: ['audit', search, page], queryFn: () => listAudit(client, { action: search, page, limit: LIST_SIZE }), placeholderData: keepPreviousData })
  return (
    <>
      <PageHead title="Audit" />
      <div className="filters" role="search">
        <SearchField label="Search by action" placeholder="Search: cancel, workflows, DELETE …" value={search} onChange={(value) => change({ search: value })} />
      </div>
      <ListPanel
        what="entries"
        query={list}
        rowsOf={({ entries }) => entries}
        pagination={list.data?.pagination}
        onPage={(next) => change({ page: next })}
        empty={
          <Empty title={search ? 'No action is like that' : 'Nothing has been changed yet'} icon={<IconAudit size={28} />}>
            Every call that changes something is written here: who, what, when and from where.
          </Empty>
        }
      >
        {(entries) => (
          <ListTable
            label="Audit"
            rows={entries}
            keyOf={({ id }) => id}
            columns={[
              { name: 'When', width: 232, cell: ({ createdAt }) => <time dateTime={createdAt} className="figures">{moment(createdAt)}</time> },
              { name: 'Who', width: 240, cell: (entry) => <Actor entry={entry} /> },
              {
                name: 'What',
                cell: ({ action, targetType, targetId }) => (
                  <span className="two-lines">
                    <span className="mono cell-main">{action}</span>
                    {targetId && <Target type={targetType} id={targetId} />}
                  </span>
                ),
              },
              { name: 'Outcome', width: 150, cell: ({ status }) => <Outcome status={status} /> },
            ]}
          />
        )}
      </ListPanel>
    </>
  )
}
