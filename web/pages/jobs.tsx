import { Button } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ListChecks as IconJob, Plus as IconPlus } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { listJobs } from '../api/jobs.ts'
import { Empty } from '../components/empty.tsx'
import { JobForm } from '../components/job-form.tsx'
import { ListPanel } from '../components/list-panel.tsx'
import { ListTable } from '../components/list-table.tsx'
import { PageHead } from '../components/page-head.tsx'
import { RunJob } from '../components/run-job.tsx'
import { SearchField } from '../components/search-field.tsx'
import { Ago } from '../components/time.tsx'
import { cronWords } from '../cron-words.ts'
import { client } from '../here.ts'
import { LIST_SIZE, useListParams } from '../use-list.ts'

export default function Jobs() {
  const { search, page, change } = useListParams()
  const [isMaking, setMaking] = useState(false)
  const list = useQuery({ queryKey: ['jobs', { search, page }], queryFn: () => listJobs(client, { search, page, limit: LIST_SIZE }), placeholderData: keepPreviousData })
  return (
    <>
      <PageHead title="Jobs">
        <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
          New job
        </Button>
      </PageHead>
      {(search || (list.data?.pagination.total ?? 0) > 0) && (
        <div className="filters" role="search">
          <SearchField label="Search by name" placeholder="Search by name" value={search} onChange={(value) => change({ search: value })} />
        </div>
      )}
      <ListPanel
        what="jobs"
        query={list}
        rowsOf={({ jobs }) => jobs}
        pagination={list.data?.pagination}
        onPage={(next) => change({ page: next })}
        empty={
          <Empty title={search ? 'No job is called that' : 'There is no job yet'} icon={<IconJob size={28} />}>
            A job runs several workflows one after the other, each in a browser of its own, and stops at the first that fails.
          </Empty>
        }
      >
        {(jobs) => (
          <ListTable
            label="Jobs"
            rows={jobs}
            keyOf={({ id }) => id}
            columns={[
              {
                name: 'Job',
                cell: ({ id, name }) => (
                  <Link href={`/jobs/${id}`} className="row-link">
                    {name}
                  </Link>
                ),
              },
              { name: 'Workflows', width: 120, isRight: true, cell: ({ jobConfigJson }) => <span className="figures">{jobConfigJson.workflowExecutionOrder.length}</span> },
              { name: 'Starts', width: 300, isExtra: true, cell: ({ schedule }) => (schedule && !schedule.paused ? <span title={schedule.cron ?? undefined}>{schedule.cron === null ? 'Once' : (cronWords(schedule.cron) ?? <span className="mono">{schedule.cron}</span>)}</span> : <span className="faint">{schedule ? 'Paused' : 'By hand'}</span>) },
              { name: 'Changed', width: 130, isRight: true, cell: ({ updatedAt }) => <Ago at={updatedAt} /> },
              {
                name: 'Actions',
                isNameless: true,
                width: 100,
                isRight: true,
                cell: (job) => <RunJob job={job} isSmall />,
              },
            ]}
          />
        )}
      </ListPanel>
      {isMaking && <JobForm given={null} onClose={() => setMaking(false)} />}
    </>
  )
}
