import { z } from 'zod'
import { getJobRun } from '../../db/job-runs.ts'
import { stopJobRun } from '../../db/move-job-run.ts'
import { reasonField } from '../cancel.ts'
import { assertManages, viewerOf } from '../caller.ts'
import { jobRunWire, toJobRun } from '../job-wire.ts'
import { moveJobRun } from '../move-job-runs.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/job-runs/:jobRunId/cancel',
  tag: 'Jobs',
  summary: 'Cancel a job run, and with it the run that it is at; with `force` its browser is closed without waiting for the step to clean up.',
  allow: 'member',
  params: z.object({ jobRunId: z.string() }),
  body: z.strictObject({ reason: reasonField, force: z.boolean().optional() }),
  answers: { 200: { description: 'The job run: CANCELLED, or IN_PROGRESS until its run has stopped.', schema: jobRunWire }, 409: { description: 'The job run has ended.' } },
  handle: async (services, { params, body, caller }) => {
    const { db, clock } = services
    const { reason = 'Cancelled by request.', force = false } = body
    const { jobRun } = await getJobRun(db, viewerOf(caller), pathId(params.jobRunId, 'job run'))
    assertManages(caller, jobRun)
    await stopJobRun(db, jobRun.id, { reason, force, at: clock.now() })
    await moveJobRun(services, jobRun.id)
    return { status: 200, body: toJobRun(await getJobRun(db, viewerOf(caller), jobRun.id), clock.now()) }
  },
})
