import { z } from 'zod'
import { findRun, runVersion } from '../../db/runs.ts'
import { problem } from '../../runner/model/problem.ts'
import { isFinal } from '../../runner/model/run.ts'
import { viewerOf } from '../caller.ts'
import { lastEventIdOf, lastEventIdQuery } from '../event-stream.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { streamRun } from '../sse.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/workflow-runs/:runId/stream',
  tag: 'Workflow runs',
  summary: 'Follow a run: what was missed since Last-Event-ID, then what happens.',
  allow: 'viewer',
  params: z.object({ runId: z.string() }),
  query: lastEventIdQuery,
  answers: { 200: { description: 'The events, until `result` or `error`.', type: 'text/event-stream' }, 204: { description: 'The run has ended and everything was seen: an EventSource stops reconnecting.' } },
  handle: async (services, { params, query, headers, caller, origin, signal }) => {
    const runId = pathId(params.runId, 'workflow run')
    const viewer = viewerOf(caller)
    const found = await findRun(services.db, viewer, runId)
    // Whoever comes back with a number of theirs is to know that there is nothing to come back to.
    if (!found) throw problem('not_found', `No workflow run ${runId}. Runs go with their events ${services.config.RETENTION_DAYS} days after they end.`)
    const { run } = found
    const asked = lastEventIdOf({ headers, query }) ?? 0
    // A number from elsewhere, greater than any of this run so far, must not hide its end.
    const cursor = Math.min(asked, await runVersion(services.db, viewer, runId))
    if (isFinal(run.state) && (await services.log.after(runId, cursor)).length === 0) return { status: 204 }
    return { respond: (response) => streamRun(services, { runId, viewer, cursor, origin, response, signal }) }
  },
})
