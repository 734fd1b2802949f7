import { z } from 'zod'
import { listJobRuns } from '../../db/job-runs.ts'
import { JOB_RUN_STATUSES } from '../../runner/model/job.ts'
import { viewerOf } from '../caller.ts'
import { jobRunWire, toJobRun } from '../job-wire.ts'
import { cursorQuery, cutPage, pageQuery, readPage } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { paginationWire } from '../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/job-runs',
  tag: 'Jobs',
  summary: 'List job runs, newest first.',
  allow: 'viewer',
  query: z.object({ jobId: z.uuid().optional(), status: z.enum(JOB_RUN_STATUSES).optional(), ...pageQuery, ...cursorQuery }),
  answers: { 200: { description: 'A page of job runs.', schema: z.object({ jobRuns: z.array(jobRunWire), pagination: paginationWire }) } },
  handle: async ({ db, clock }, { query, caller }) => {
    const { jobId, status } = query
    const { jobRuns, total } = await listJobRuns(db, viewerOf(caller), { jobId, status }, readPage(query))
    const now = clock.now()
    const { entries, pagination } = cutPage(query, total, jobRuns, ({ jobRun }) => jobRun.id)
    return { status: 200, body: { jobRuns: entries.map((view) => toJobRun(view, now)), pagination } }
  },
})
