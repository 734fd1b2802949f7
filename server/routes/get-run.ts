import { z } from 'zod'
import { getRunDetail, runVersion } from '../../db/runs.ts'
import { viewerOf } from '../caller.ts'
import { isKnown } from '../etag.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { runDetailWire, toRun, toRunActivities } from '../wire.ts'

/** An answer holds signed addresses that expire: it is not the same for longer than this. */
const FRESH_MS = 5 * 60_000

export default defineRoute({
  method: 'get',
  path: '/api/v1/workflow-runs/:runId',
  tag: 'Workflow runs',
  summary: 'Get a run with its activity runs. Polling is cheap: send the ETag back in If-None-Match.',
  allow: 'viewer',
  params: z.object({ runId: z.string() }),
  answers: {
    200: { description: 'The run.', schema: runDetailWire },
    304: { description: 'Nothing has happened since.' },
  },
  handle: async (services, { params, caller, headers, origin }) => {
    const { db, clock, urls } = services
    const id = pathId(params.runId, 'workflow run')
    const viewer = viewerOf(caller)
    // Read before the run: what happens in between is told twice and not left out.
    const lastEventId = await runVersion(db, viewer, id)
    const etag = `"${lastEventId}-${Math.floor(clock.now() / FRESH_MS)}"`
    const answered = { etag, 'cache-control': 'private, no-cache', vary: 'authorization', 'x-last-event-id': String(lastEventId) }
    if (isKnown(headers, etag)) return { status: 304, headers: answered }
    const detail = await getRunDetail(db, viewer, id)
    return {
      status: 200,
      headers: answered,
      body: { workflowRun: toRun(detail, clock.now(), caller), ...toRunActivities(detail, (artifactId) => urls.sign(origin, artifactId)) },
    }
  },
})
