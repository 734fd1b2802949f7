import { z } from 'zod'
import { listJobs } from '../../db/jobs.ts'
import { jobWire, toJob } from '../job-wire.ts'
import { cursorQuery, cutPage, pageQuery, readPage } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { paginationWire } from '../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/jobs',
  tag: 'Jobs',
  summary: 'List jobs, newest first.',
  allow: 'viewer',
  query: z.object({ search: z.string().max(200).optional().meta({ description: 'Part of the name.' }), ...pageQuery, ...cursorQuery }),
  answers: { 200: { description: 'A page of jobs.', schema: z.object({ jobs: z.array(jobWire), pagination: paginationWire }) } },
  handle: async ({ db, clock }, { query, caller }) => {
    const { jobs, total } = await listJobs(db, { org: caller.org, search: query.search, ...readPage(query) })
    const now = clock.now()
    const { entries, pagination } = cutPage(query, total, jobs, ({ job }) => job.id)
    return { status: 200, body: { jobs: entries.map((view) => toJob(view, now)), pagination } }
  },
})
